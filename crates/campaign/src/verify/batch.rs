//! What the rows of a batch say of each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{GoOn, RunCheck};
use crate::{Campaign, CampaignError, Result};

/// Who took part in a run, by number.
struct Members {
    instruments: HashMap<i64, String>,
    pairs: Vec<Pair>,
}

struct Pair {
    id: i64,
    name: String,
    base: i64,
    probe: i64,
}

/// A reading, as far as its place goes.
struct Place {
    position: i64,
    purpose: u8,
    point: Option<i64>,
}

/// Number and phase.
struct Batch<'a> {
    id: i64,
    phase: &'a str,
}

impl Campaign {
    pub(super) fn check_batches(&self, check: &mut RunCheck, go_on: &mut GoOn) -> Result<()> {
        let members = self.members(check)?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, phase FROM batches WHERE run = ? ORDER BY id")?;
        let mut rows = statement.query([check.run.0])?;
        while let Some(row) = rows.next()? {
            let phase: String = row.get(1)?;
            let batch = Batch { id: row.get(0)?, phase: &phase };
            check.batches += 1;
            match self.check_batch(check, &members, &batch) {
                Ok(()) => {}
                Err(error) => {
                    let what = super::damage(error)?;
                    check.found(Some(batch.id), None, &what);
                }
            }
            if go_on(check.readings).is_break() {
                return Err(CampaignError::Interrupted);
            }
        }
        if let Some(reported) = self.readings_reported(check.run)?
            && reported != check.readings
        {
            let found = check.readings;
            let what = format!("its report counts {reported} readings, and {found} are there");
            check.found(None, None, &what);
        }
        Ok(())
    }

    fn members(&self, check: &RunCheck) -> Result<Members> {
        let run = [check.run.0];
        let sql = "SELECT id, name FROM instruments WHERE run = ?";
        let instruments = self.all(sql, run, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = "SELECT id, name, base, probe FROM pairs WHERE run = ? ORDER BY id";
        let pairs = self.all(sql, run, |row| {
            Ok(Pair { id: row.get(0)?, name: row.get(1)?, base: row.get(2)?, probe: row.get(3)? })
        })?;
        Ok(Members { instruments: instruments.into_iter().collect(), pairs })
    }

    fn check_batch(&self, check: &mut RunCheck, members: &Members, batch: &Batch) -> Result<()> {
        let readings = self.places(check, members, batch)?;
        if readings.is_empty() {
            check.found(
                Some(batch.id),
                None,
                &format!("it has no readings (phase {})", batch.phase),
            );
        }
        for pair in &members.pairs {
            let none = Vec::new();
            let of = |it| readings.get(&it).unwrap_or(&none);
            let (base, probe) = (of(pair.base), of(pair.probe));
            if is_of_a_pair(base) || is_of_a_pair(probe) {
                gaps(check, batch, &pair.name, base);
                partners(check, batch, pair, base, probe);
            } else {
                for it in [pair.base, pair.probe] {
                    gaps(check, batch, &members.instruments[&it], of(it));
                }
            }
            self.check_points(check, batch, pair, base, probe)?;
        }
        let in_pairs: BTreeSet<_> =
            members.pairs.iter().flat_map(|it| [it.base, it.probe]).collect();
        for (instrument, places) in readings.iter().filter(|it| !in_pairs.contains(it.0)) {
            let name = members.instruments.get(instrument).map_or("?", String::as_str);
            gaps(check, batch, name, places);
        }
        Ok(())
    }

    /// The places of a batch's readings, by instrument.
    fn places(
        &self,
        check: &mut RunCheck,
        members: &Members,
        batch: &Batch,
    ) -> Result<BTreeMap<i64, Vec<Place>>> {
        let purpose = match self.schema_version()? {
            1 | 2 => "NULL, NULL",
            _ => "purpose, point",
        };
        let sql = format!(
            "SELECT instrument, position, {purpose}, overflow AND current_amperes NOTNULL
             FROM readings WHERE batch = ? ORDER BY instrument, position"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([batch.id])?;
        let mut found: BTreeMap<i64, Vec<Place>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            check.readings += 1;
            let (instrument, position): (i64, i64) = (row.get(0)?, row.get(1)?);
            let purpose = row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            let place = Place { position, purpose: code(purpose), point: row.get(3)? };
            if !members.instruments.contains_key(&instrument) && !found.contains_key(&instrument) {
                let what = format!("instrument {instrument} is not one of its run");
                check.found(Some(batch.id), Some(position), &what);
            }
            if row.get(4)? {
                let what = format!("reading {position} overflowed and has a current");
                check.found(Some(batch.id), Some(position), &what);
            }
            found.entry(instrument).or_default().push(place);
        }
        Ok(found)
    }

    /// Each point rests on readings, and each level asked on a point.
    fn check_points(
        &self,
        check: &mut RunCheck,
        batch: &Batch,
        pair: &Pair,
        base: &[Place],
        probe: &[Place],
    ) -> Result<()> {
        let version = self.schema_version()?;
        let of_point = |it: &Place| if version < 3 { Some(it.position) } else { it.point };
        let measured: BTreeSet<i64> = base.iter().chain(probe).filter_map(of_point).collect();
        let sql = "SELECT position FROM gradients WHERE batch = ? AND pair = ? ORDER BY position";
        let points = self.positions(sql, batch, pair)?;
        check.gradients += points.len() as u64;
        let name = &pair.name;
        consecutive(check, batch, &format!("pair \"{name}\": point"), &points);
        for point in points.iter().filter(|it| !measured.contains(it)) {
            let what = format!("pair \"{name}\": no reading was made for point {point}");
            check.found(Some(batch.id), Some(*point), &what);
        }
        let points: BTreeSet<i64> = points.into_iter().collect();
        if version < 3 {
            return Ok(());
        }
        // What a survey or a reference measures for points makes no slopes.
        let unanswered = measured.difference(&points).filter(|_| !points.is_empty());
        for point in unanswered {
            let what = format!(
                "pair \"{name}\": readings were made for point {point}, which is not there"
            );
            check.found(Some(batch.id), Some(*point), &what);
        }
        let sql = "SELECT position FROM requests WHERE batch = ? AND pair = ? ORDER BY position";
        let asked = self.positions(sql, batch, pair)?;
        check.requests += asked.len() as u64;
        consecutive(check, batch, &format!("pair \"{name}\": request"), &asked);
        let sql = "SELECT point FROM requests WHERE batch = ? AND pair = ? ORDER BY position";
        let answers = self.positions(sql, batch, pair)?;
        for (position, point) in asked.iter().zip(&answers).filter(|it| !points.contains(it.1)) {
            let what = format!(
                "pair \"{name}\": request {position} is answered by point {point}, which is not there"
            );
            check.found(Some(batch.id), Some(*position), &what);
        }
        Ok(())
    }

    fn positions(&self, sql: &str, batch: &Batch, pair: &Pair) -> Result<Vec<i64>> {
        self.all(sql, [batch.id, pair.id], |row| row.get(0))
    }
}

/// Whether readings are of shots of a pair, and not of a sweep by each instrument for itself.
fn is_of_a_pair(places: &[Place]) -> bool {
    places.iter().any(|it| it.purpose != 0)
}

/// Positions count from 0 without a gap.
fn gaps(check: &mut RunCheck, batch: &Batch, name: &str, places: &[Place]) {
    let positions: Vec<_> = places.iter().map(|it| it.position).collect();
    consecutive(check, batch, &format!("\"{name}\": reading"), &positions);
}

fn consecutive(check: &mut RunCheck, batch: &Batch, what: &str, positions: &[i64]) {
    let mut expected = 0;
    for &position in positions {
        if position != expected {
            let missing = match position - expected {
                1 => format!("{what} {expected} is missing"),
                2.. => format!("{what} {expected} to {} are missing", position - 1),
                _ => format!("{what} {position} is there twice"),
            };
            check.found(Some(batch.id), Some(expected.min(position)), &missing);
        }
        expected = position + 1;
    }
}

/// The probe acts in every shot of a purpose, or in none, and never alone.
fn partners(check: &mut RunCheck, batch: &Batch, pair: &Pair, base: &[Place], probe: &[Place]) {
    let acts: BTreeSet<u8> = probe.iter().map(|it| it.purpose).collect();
    let with_probe: BTreeSet<i64> = probe.iter().map(|it| it.position).collect();
    let with_base: BTreeSet<i64> = base.iter().map(|it| it.position).collect();
    let name = &pair.name;
    for it in
        base.iter().filter(|it| acts.contains(&it.purpose) && !with_probe.contains(&it.position))
    {
        let what = format!("\"{name}\": reading {} of the probe is missing", it.position);
        check.found(Some(batch.id), Some(it.position), &what);
    }
    // One in the middle is a gap already.
    let end = base.last().map_or(0, |it| it.position + 1);
    for position in with_probe.difference(&with_base).filter(|it| **it >= end) {
        let what = format!("\"{name}\": reading {position} of the base is missing");
        check.found(Some(batch.id), Some(*position), &what);
    }
}

/// Purposes are told apart by their names; 0 is none.
fn code(purpose: Option<&str>) -> u8 {
    const NAMES: [&str; 9] = [
        "point",
        "rest",
        "hold",
        "condition",
        "check",
        "sentinel",
        "calibration",
        "survey",
        "recall",
    ];
    let Some(name) = purpose else { return 0 };
    NAMES.iter().position(|it| *it == name).map_or(u8::MAX, |it| it as u8 + 1)
}
