//! Hands what was measured to the campaign, before anything uses it.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, Result, anyhow};
use campaign::{
    Batch, BatchRequest, Campaign, CampaignError, EpochRow, Exit, InstrumentId, InstrumentRow,
    NewRun, PairId, RunId, Source,
};
use gradient::{Note, Pair, Shot, ShotReading};
use serde::Serialize;
use smu::{Reading, Smu};

use self::rows::{of_shots, point, reading};

use crate::{
    bench::Bench,
    exit::{self, BadInput},
    kept::Kept,
    owner,
    report::{Count, Place},
    rescue::Logbook,
    shutdown::Stop,
    watch::Watch,
};

mod kept;
mod rows;

/// A campaign file that can be written; no run has begun.
///
/// Dropped before a run begins, a file that was made for it goes again.
pub struct RunFile {
    campaign: Option<Campaign>,
    path: PathBuf,
    is_new: bool,
    kept: Kept,
}

impl RunFile {
    /// Opens the campaign, before anything is sent to an instrument. `kept` hears of what is written.
    ///
    /// # Errors
    /// Another process writes it; it cannot be opened or written.
    pub fn open(path: &Path, kept: Kept) -> Result<RunFile> {
        let is_new = !path.exists();
        let refused = |error: CampaignError| BadInput::new(error.to_string());
        let campaign = owner::open(path).map_err(refused)?;
        if let Some(ownership) = campaign.ownership() {
            kept.own(Arc::clone(ownership), path);
        }
        Ok(RunFile { campaign: Some(campaign), path: path.to_owned(), is_new, kept })
    }

    /// Begins a run.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn begin<C: Serialize>(
        self,
        kind: &str,
        experiment: &str,
        configuration: &C,
        bench: &Bench,
        logbook: Logbook,
    ) -> Result<Recorder> {
        self.begin_from(kind, (experiment, configuration), bench, None, logbook)
    }

    /// Begins a run of an experiment that can be resumed from `source`.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn begin_from<C: Serialize>(
        mut self,
        kind: &str,
        (experiment, configuration): (&str, &C),
        bench: &Bench,
        source: Option<&Source>,
        logbook: Logbook,
    ) -> Result<Recorder> {
        let mut campaign = self.campaign.take().context("a run has begun already")?;
        let run = campaign.begin_run(&NewRun {
            experiment,
            kind,
            configuration_json: &serde_json::to_string(configuration)?,
            bench_json: &serde_json::to_string(bench)?,
            software_version: env!("CARGO_PKG_VERSION"),
            source,
        })?;
        let mut recorder = self.recorder(campaign, run, logbook)?;
        // Better now than when everything is measured.
        if let Err(error) = recorder.figures() {
            recorder.campaign.end_run(run, Exit::Failed, &format!("{error:#}"))?;
            return Err(error);
        }
        Ok(recorder)
    }

    /// Goes on with a run that has not been done.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn resume(
        mut self,
        run: RunId,
        text: &str,
        from: Resumption,
        logbook: Logbook,
    ) -> Result<Recorder> {
        let campaign = self.campaign.take().context("a run has begun already")?;
        let mut recorder = self.recorder(campaign, run, logbook)?;
        recorder.resume(text, from)?;
        Ok(recorder)
    }

    fn recorder(&self, campaign: Campaign, run: RunId, logbook: Logbook) -> Result<Recorder> {
        self.kept.begin(run.0, &self.path);
        Ok(Recorder {
            campaign,
            path: self.path.clone(),
            run,
            instruments: BTreeMap::new(),
            pairs: Vec::new(),
            made: 0,
            kept: self.kept.clone(),
            logbook,
            watch: None,
            again: 0..0,
        })
    }
}

impl Drop for RunFile {
    fn drop(&mut self) {
        if let Some(campaign) = self.campaign.take()
            && self.is_new
        {
            // Nobody begins to write to it until it is gone.
            let _ownership = campaign.ownership().cloned();
            drop(campaign);
            // What cannot be removed is an empty campaign, which does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// One run being written.
pub struct Recorder {
    campaign: Campaign,
    path: PathBuf,
    run: RunId,
    instruments: BTreeMap<String, InstrumentId>,
    pairs: Vec<PairIds>,
    made: u64,
    kept: Kept,
    logbook: Logbook,
    /// What ends the run, and how.
    watch: Option<(Watch, Stop)>,
    /// Numbers of the batches that are on disk and will be measured again, by a simulation that repeats
    /// itself.
    again: Range<u64>,
}

/// Where a run goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// Its last checkpoint.
    FromCheckpoint,
    /// Its beginning: its simulation repeats itself.
    FromBeginning,
}

/// Whether a batch was written, or is what was written before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    New,
    Again,
}

struct PairIds {
    name: String,
    pair: PairId,
    base: InstrumentId,
    probe: InstrumentId,
}

impl Recorder {
    /// From now on what the bench has watched may ask the run to end.
    pub fn watch(&mut self, bench: &Bench, stop: &Stop) {
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        self.watch = bench.watch.clone().map(|config| (Watch::new(config, folder), stop.clone()));
    }

    /// Records an instrument as configured.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn instrument(&mut self, smu: &Smu, bench: &Bench) -> Result<InstrumentId> {
        let entry = bench.smu.iter().find(|it| it.name == smu.name());
        let identity = smu.identity();
        let row = InstrumentRow {
            name: smu.name().to_owned(),
            resource: entry.map(|it| it.resource.to_string()).unwrap_or_default(),
            maker: identity.maker.clone(),
            model: identity.model.clone(),
            serial: identity.serial.clone(),
            firmware: identity.firmware.clone(),
            settings_json: serde_json::to_string(smu.read_back())?,
        };
        let id = match self.campaign.instrument_id(self.run, &row.name)? {
            Some(id) => self.same(&row).map(|()| id)?,
            None => self.campaign.add_instrument(self.run, &row)?,
        };
        if let Some((watch, _)) = &mut self.watch {
            watch.instrument(id, smu.seconds_per_point());
        }
        self.instruments.insert(row.name, id);
        Ok(id)
    }

    /// Records a pair and its instruments. Later batches name it by its place in this order.
    ///
    /// # Errors
    /// The campaign cannot be written.
    pub fn pair(&mut self, pair: &Pair, bench: &Bench) -> Result<()> {
        let (base, probe) =
            (self.instrument(pair.base(), bench)?, self.instrument(pair.probe(), bench)?);
        let known = self.campaign.pairs(self.run)?.into_iter().find(|it| it.1 == pair.name());
        let id = match known {
            Some((id, _)) => id,
            None => {
                let coupling = pair.coupling().name();
                self.campaign.add_pair(self.run, pair.name(), base, probe, coupling)?
            }
        };
        self.pairs.push(PairIds { name: pair.name().to_owned(), pair: id, base, probe });
        Ok(())
    }

    /// Commits what one batch measured: of each pair every reading, every point and every level
    /// asked. What the estimators noted beside becomes events.
    ///
    /// # Errors
    /// The campaign cannot be written; nothing of this batch is, or all but its events.
    pub fn batch(
        &mut self,
        phase: &str,
        batches: &[(usize, gradient::Batch)],
    ) -> Result<(), CampaignError> {
        let (mut readings, mut gradients, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for (pair, batch) in batches {
            let (ids, plan) = (&self.pairs[*pair], &batch.plan);
            readings.extend(of_shots(ids, &plan.shots, &batch.rows));
            let points = batch.gradients.iter().enumerate();
            gradients.extend(points.map(|(position, it)| point(ids.pair, position, it)));
            let asked = plan.asked.iter().zip(&plan.answers).enumerate();
            requests.extend(asked.map(|(position, (level, point))| BatchRequest {
                pair: ids.pair,
                position,
                level_volts: *level,
                point: *point,
            }));
        }
        if self.commit(&Batch { phase, readings, gradients, requests })? == Commit::Again {
            return Ok(());
        }
        for (pair, batch) in batches {
            for note in &batch.notes {
                let text = format!("pair \"{}\": {note}", self.pairs[*pair].name);
                self.campaign.add_event(self.run, note.name(), &text)?;
                if let Note::Drifted { before, after, .. } = note {
                    self.watched(|it| it.drifted(after - before))?;
                }
            }
        }
        Ok(())
    }

    /// Commits readings of a pair that belong to no batch of slopes: of a survey or a sweep, all of
    /// them or the next ones.
    ///
    /// # Errors
    /// The campaign cannot be written; nothing of these readings is.
    pub fn shots(
        &mut self,
        phase: &str,
        pair: usize,
        shots: &[Shot],
        rows: &[ShotReading],
    ) -> Result<(), CampaignError> {
        let readings = of_shots(&self.pairs[pair], shots, rows).collect();
        self.commit(&Batch { phase, readings, ..Batch::default() }).map(|_| ())
    }

    /// Commits the readings of one sweep by one instrument.
    ///
    /// # Errors
    /// The campaign cannot be written, or does not know the instrument.
    pub fn sweep(&mut self, phase: &str, smu: &str, rows: &[Reading]) -> Result<()> {
        let id = *self
            .instruments
            .get(smu)
            .ok_or_else(|| anyhow!("smu \"{smu}\" is not of this run"))?;
        let readings = rows.iter().enumerate().map(|(position, row)| reading(id, position, row));
        self.commit(&Batch { phase, readings: readings.collect(), ..Batch::default() })?;
        Ok(())
    }

    fn commit(&mut self, batch: &Batch) -> Result<Commit, CampaignError> {
        self.events()?;
        if let Some(number) = self.again.next() {
            self.campaign.hold_against(self.run, number, batch)?;
            return Ok(Commit::Again);
        }
        let readings = batch.readings.len() as u64;
        self.made += readings;
        self.campaign.commit_batch(self.run, batch)?;
        self.kept.add(readings);
        self.watched(|it| it.batch(batch, Instant::now()))?;
        Ok(Commit::New)
    }

    /// Writes down what happened to the instruments.
    fn events(&mut self) -> Result<(), CampaignError> {
        for note in self.logbook.take() {
            self.campaign.add_event_at(self.run, note.at, note.kind, &note.text)?;
            if note.kind == "link-lost" {
                self.watched(Watch::lost_link)?;
            }
        }
        Ok(())
    }

    /// Asks the run to end where what is watched says why.
    fn watched(
        &mut self,
        look: impl FnOnce(&mut Watch) -> Option<String>,
    ) -> Result<(), CampaignError> {
        let Some((watch, stop)) = &mut self.watch else { return Ok(()) };
        if let Some(reason) = look(watch)
            && !stop.asked()
        {
            self.campaign.add_event(self.run, "watch", &reason)?;
            stop.ask_because(reason);
        }
        Ok(())
    }

    /// Records a result of the run, by name; by a numbered one where the run has one of this name.
    ///
    /// # Errors
    /// It is not JSON; the campaign cannot be written.
    pub fn result<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let results = self.campaign.results(self.run)?;
        let is_free = |name: &str| results.iter().all(|it| it.name != name);
        // A run that was resumed has another of the same.
        let numbered = (2..).map(|it| format!("{name}-{it}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|it| is_free(it));
        let value = serde_json::to_string(value)?;
        Ok(self.campaign.add_result(self.run, &free.unwrap_or_default(), &value)?)
    }

    /// What has happened beside the batches, and how often; that the run was resumed is told elsewhere.
    ///
    /// # Errors
    /// The campaign cannot be read.
    pub fn notes(&self) -> Result<BTreeMap<String, u64>> {
        let mut notes = self.campaign.count_events(self.run)?;
        notes.remove("resumed");
        Ok(notes)
    }

    /// The epochs recorded so far.
    ///
    /// # Errors
    /// The campaign cannot be read.
    pub fn all_epochs(&self) -> Result<Vec<EpochRow>> {
        Ok(self.campaign.epochs(self.run)?)
    }

    /// Readings made, and readings found on disk.
    ///
    /// # Errors
    /// The campaign cannot be read; the two differ.
    pub fn count(&self) -> Result<Count> {
        let readings_stored = self.campaign.count_readings(self.run)?;
        let count = Count { readings_made: self.made, readings_stored };
        if count.readings_made != count.readings_stored {
            return Err(anyhow!("{} readings were made, {readings_stored} are stored", self.made));
        }
        Ok(count)
    }

    /// The run's number and files.
    pub fn place(&self, plots: Vec<PathBuf>) -> Place {
        Place { run: self.run.0, campaign: self.path.clone(), plots }
    }

    /// A folder beside the campaign for this run's figures.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn figures(&self) -> Result<PathBuf> {
        let folder = self.folder();
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("folder {} cannot be made", folder.display()))?;
        Ok(folder)
    }

    fn folder(&self) -> PathBuf {
        // Two campaigns in one folder never share one: only the usual ending is left out.
        let usual = self.path.extension().is_some_and(|it| it == "sqlite");
        let stem = if usual { self.path.file_stem() } else { self.path.file_name() };
        let stem = stem.unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{stem}-run-{:04}", self.run.0))
    }

    /// Ends the run: done with its report, or failed, or interrupted.
    ///
    /// # Errors
    /// That of the run; the campaign cannot be written.
    pub fn finish<R: Serialize>(mut self, result: Result<R>) -> Result<R> {
        let (exit, message) = match &result {
            Ok(report) => {
                self.result("report", report)?;
                (Exit::Done, String::new())
            }
            Err(error) if exit::is_interruption(error) => {
                let because = self.watch.as_ref().and_then(|it| it.1.because());
                (Exit::Interrupted, because.unwrap_or_default().to_owned())
            }
            Err(error) => (Exit::Failed, format!("{error:#}")),
        };
        let noted = self.events();
        let ended = self.campaign.end_run(self.run, exit, &message).and(noted);
        // Where nothing was drawn, nothing is left.
        let _ = std::fs::remove_dir(self.folder());
        // The run's own error matters more than one of writing it down.
        let report = result?;
        ended?;
        Ok(report)
    }
}
