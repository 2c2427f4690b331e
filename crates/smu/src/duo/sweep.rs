//! Sweeps and single readings of both.

use std::time::Instant;

use super::{
    Duo, DuoReading, Skew, both,
    command::{Command, Filling},
    coupling::{Part, Plan, Side},
    model::Channels,
};
use crate::{Reading, Smu, SmuError, comeback::Chances, smu::Sweep};

/// What a coupling that was refused is called in errors.
const COUPLING: &str = "coupling";

impl Duo {
    /// Measures both devices at any number of levels, in order: the base at its levels, the probe at
    /// its own, at the same time. Several sweeps where an instrument's list is shorter.
    ///
    /// Where both have a [`Rescue`](crate::Rescue) and one is lost, the other is held at 0 V until it is
    /// back; then all levels are measured again.
    ///
    /// # Errors
    /// Levels of different number, or one outside a window: nothing was sent. An instrument or a link
    /// that fails: the other is aborted. [`SmuError::NoTrigger`] when the two of a hardware coupling
    /// wait for each other in vain; [`SmuError::NotBack`].
    pub async fn sweep(
        &mut self,
        base: &[f64],
        probe: &[f64],
    ) -> Result<Vec<DuoReading>, SmuError> {
        self.check(base, probe)?;
        let mut chances = Chances::new();
        loop {
            match self.sweep_once(base, probe).await {
                Err(error) => self.recover(error, &mut chances).await?,
                measured => return measured,
            }
        }
    }

    /// Measures the base alone at any number of levels, in order. The probe goes down to 0 V first, at
    /// its ramp, and stays there: nobody asks for its current, so no level should stress its device.
    /// It does not hold up the base either: a coupling that a dropped future left is taken back first.
    ///
    /// # Errors
    /// A level outside the window: nothing was sent. An instrument or its link fails.
    pub async fn sweep_alone(&mut self, levels: &[f64]) -> Result<Vec<Reading>, SmuError> {
        self.base.permit(levels)?;
        self.take_back().await?;
        if !levels.is_empty() && self.probe.state.level != 0.0 {
            self.probe.ramp_to_zero().await?;
        }
        self.base.list_sweep(levels).await
    }

    async fn sweep_once(
        &mut self,
        base: &[f64],
        probe: &[f64],
    ) -> Result<Vec<DuoReading>, SmuError> {
        self.take_back().await?;
        match self.run(base, probe).await {
            Ok(rows) => {
                self.uncouple().await?;
                Ok(rows)
            }
            Err(error) => {
                // The news is why it failed. What could not be taken back is tried again later.
                let _ = self.take_back().await;
                Err(error)
            }
        }
    }

    /// Sources one level on each and measures both at the same time, started by the host. What was
    /// staged is forgotten.
    ///
    /// The skew is that of the two replies, as uncertain as the longer reading was long.
    ///
    /// # Errors
    /// A level outside a window: nothing was sent. The outputs off; the first instrument or link that
    /// failed.
    pub async fn read(&mut self, base: f64, probe: f64) -> Result<DuoReading, SmuError> {
        self.base.permit(&[base])?;
        self.probe.permit(&[probe])?;
        self.take_back().await?;
        let (base, probe) =
            both(tokio::join!(timed(self.base.read(base)), timed(self.probe.read(probe))))?;
        let skew = Some(base.1.to(&probe.1));
        Ok(DuoReading { base: base.0, probe: probe.0, skew })
    }

    /// Sources and measures each pair of levels by itself, in order, on both at the same time, as many
    /// of them under way as the links carry.
    ///
    /// Nothing holds the two together: the skew is of the two clocks since the first reading, and as
    /// uncertain as the whole was long.
    ///
    /// # Errors
    /// As for [`Duo::read`]; levels of different number.
    pub async fn read_each(
        &mut self,
        base: &[f64],
        probe: &[f64],
    ) -> Result<Vec<DuoReading>, SmuError> {
        self.check(base, probe)?;
        self.take_back().await?;
        let (base, probe) = both(tokio::join!(
            timed(self.base.read_each(base)),
            timed(self.probe.read_each(probe))
        ))?;
        let start = Skew { seconds: 0.0, uncertainty: base.1.length().max(probe.1.length()) };
        Ok(self.clocks.pair(base.0, probe.0, start).collect())
    }

    /// Refuses what cannot be paired, or may not be sourced.
    fn check(&self, base: &[f64], probe: &[f64]) -> Result<(), SmuError> {
        if base.len() != probe.len() {
            return Err(SmuError::Unpaired { base: base.len(), probe: probe.len() });
        }
        self.base.permit(base)?;
        self.probe.permit(probe)
    }

    async fn run(&mut self, base: &[f64], probe: &[f64]) -> Result<Vec<DuoReading>, SmuError> {
        let most = self.max_list_len();
        let mut rows = Vec::with_capacity(base.len());
        for (base, probe) in base.chunks(most).zip(probe.chunks(most)) {
            both(tokio::join!(self.base.stage(base), self.probe.stage(probe)))?;
            let start = self.start(base.len()).await?;
            let (base, probe) = self.fetch(base.len()).await?;
            rows.extend(self.clocks.pair(base, probe, start));
        }
        Ok(rows)
    }

    /// Couples the two and starts what is staged; how far apart their first readings are.
    async fn start(&mut self, count: usize) -> Result<Skew, SmuError> {
        match &self.plan {
            Plan::Software => {
                let (base, probe) =
                    both(tokio::join!(timed(self.base.start()), timed(self.probe.start())))?;
                Ok(base.1.to(&probe.1))
            }
            Plan::Handshake(shake) => {
                let shake = shake.clone();
                self.coupled = [true; 2];
                let period = self.seconds_per_point();
                let late = shake.latency / 2.0;
                let [of_base, of_probe] = &shake.parts;
                let (base, probe) = ((&mut self.base, of_base), (&mut self.probe, of_probe));
                let (leader, follower, seconds) = match shake.leader {
                    Side::Base => (base, probe, late),
                    Side::Probe => (probe, base, -late),
                };
                let text =
                    |smu: &Smu, part: &Part| part.line(&part.couple, filling(smu, count, period));
                let (leads, follows) = (text(leader.0, leader.1), text(follower.0, follower.1));
                leader.0.couple(&leads).await?;
                start_behind(follower.0, &follows, follower.1).await?;
                leader.0.start_alone().await?;
                Ok(Skew { seconds, uncertainty: late })
            }
            Plan::Channels(table) => {
                let table = table.clone();
                let period = self.seconds_per_point();
                self.coupled = [true; 2];
                for smu in [&self.base, &self.probe] {
                    let with = filling(smu, count, period);
                    smu.couple(&line(&table.couple, &with)).await?;
                }
                self.probe.started_by_other()?;
                self.base.start_by(table.start.as_str()).await?;
                Ok(Skew { seconds: 0.0, uncertainty: table.latency.0 })
            }
        }
    }
}

/// Couples the follower of a hand-shake and starts it. Where it answers while it waits for its trigger,
/// it has begun when this is done: the leader does not wait at its first point, a pulse that comes before
/// the follower listens is lost, and over two links what was sent first need not be done first.
async fn start_behind(follower: &mut Smu, couple: &str, part: &Part) -> Result<(), SmuError> {
    if part.progress.is_none() {
        follower.couple(couple).await?;
        return follower.start_alone().await;
    }
    let levels = follower.take_staged()?;
    let start = follower.file().operations.start.with(&follower.values());
    follower.couple(&format!("{couple};{start}")).await?;
    follower.state.sweep = Sweep::Started(levels);
    Ok(())
}

impl Channels {
    /// The timer's period for points that take so long, s.
    pub(super) fn period(&self, seconds: f64) -> f64 {
        let step = self.period_step.0;
        // A hair less than a whole number of steps is that number.
        let steps = (seconds / step - 1e-6).ceil();
        // Divided by steps per second, a whole number, so that it is written in few digits.
        (steps / (1.0 / step).round()).max(self.least_period.0)
    }
}

pub(super) fn filling(smu: &Smu, count: usize, period: f64) -> Filling {
    let delay = smu.settings.source_delay.0;
    Filling { input: 0, output: 0, channel: smu.channel(), count, period, delay }
}

impl Part {
    /// Commands to this side in one message.
    pub(super) fn line(&self, commands: &[Command], with: Filling) -> String {
        line(commands, &Filling { input: self.lines.input, output: self.lines.output, ..with })
    }
}

/// Commands in one message.
pub(super) fn line(commands: &[Command], with: &Filling) -> String {
    commands.iter().map(|it| it.fill(with)).collect::<Vec<_>>().join(";")
}

/// When something was asked for and when it was done.
struct Span {
    from: Instant,
    to: Instant,
}

impl Span {
    /// How much later the other was done.
    fn to(&self, other: &Span) -> Skew {
        let seconds = match other.to.checked_duration_since(self.to) {
            Some(later) => later.as_secs_f64(),
            None => -self.to.duration_since(other.to).as_secs_f64(),
        };
        let longest = self.length().max(other.length());
        Skew { seconds, uncertainty: longest }
    }

    fn length(&self) -> f64 {
        self.to.duration_since(self.from).as_secs_f64()
    }
}

async fn timed<T>(act: impl Future<Output = Result<T, SmuError>>) -> Result<(T, Span), SmuError> {
    let from = Instant::now();
    let result = act.await?;
    Ok((result, Span { from, to: Instant::now() }))
}

impl Smu {
    /// Says what couples it, and asks whether that was taken, in one message.
    async fn couple(&self, text: &str) -> Result<(), SmuError> {
        let command = format!("{text};{}", self.file().operations.next_error.as_str());
        let answer = self.ask(&command).await?;
        let entry = scpi_parser::reply::error_entry(&answer)
            .map_err(|source| self.unreadable(&command, source))?;
        if entry.0 == 0 {
            return Ok(());
        }
        let mut errors = vec![entry];
        if let Ok(more) = self.queued_errors().await {
            errors.extend(more);
        }
        Err(self.reported(COUPLING, errors))
    }
}
