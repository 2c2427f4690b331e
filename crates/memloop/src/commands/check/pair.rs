//! A pair's trigger path: both outputs on at 0 V, a sweep of zeros on both at once, off again.

use smu::{Duo, DuoReading, Smu, SmuError};

use super::{
    instrument::chain,
    report::{Outcome, Subject},
};
use crate::bench::PairEntry;

/// Zeros: as many as show that none is lost or doubled.
const LEVELS: [f64; 5] = [0.0; 5];
const PATH: &str = "trigger path";

/// Tries a pair; it is skipped unless both its instruments are among those that are ready.
pub async fn check(pair: &PairEntry, smus: &mut Vec<Smu>) -> Subject {
    let place = format!("{} and {}, {}", pair.base, pair.probe, pair.coupling().name());
    let mut report = Subject::new(&pair.name, place);
    let mut take = |name: &str| {
        let at = smus.iter().position(|it| it.name() == name)?;
        Some(smus.remove(at))
    };
    let (Some(base), Some(probe)) = (take(&pair.base), take(&pair.probe)) else {
        report.skip(PATH);
        return report;
    };
    let mut duo = match Duo::new(base, probe, pair.coupling()) {
        Ok(duo) => duo,
        Err(error) => {
            failed(&mut report, &error, PATH);
            return report;
        }
    };
    let swept = swept(&mut duo).await;
    // Whatever happened, both go off, and the second also when the first does not.
    let off = duo.output_off().await;
    match swept {
        Ok(rows) => told(&mut report, &rows),
        Err(error) => failed(&mut report, &error, PATH),
    }
    match off {
        Ok(()) => report.add("outputs", Outcome::Passed, "off again, verified"),
        Err(error) => failed(&mut report, &error, "outputs"),
    }
    report
}

async fn swept(duo: &mut Duo) -> Result<Vec<DuoReading>, SmuError> {
    duo.output_on().await?;
    duo.sweep(&LEVELS, &LEVELS).await
}

fn told(report: &mut Subject, rows: &[DuoReading]) {
    if rows.len() != LEVELS.len() {
        let found = format!("{} paired readings of {}", rows.len(), LEVELS.len());
        let advice =
            "a trigger was lost or came twice: check the trigger cable and its lines".to_owned();
        report.advise(PATH, Outcome::Failed, found, advice);
        return;
    }
    let most = |current: fn(&DuoReading) -> Option<f64>| {
        rows.iter().filter_map(current).map(f64::abs).fold(0.0, f64::max)
    };
    let found = format!(
        "{} paired readings at 0 V, at most {:.3e} A and {:.3e} A",
        rows.len(),
        most(|it| it.base.current),
        most(|it| it.probe.current)
    );
    report.add(PATH, Outcome::Passed, found);
}

fn failed(report: &mut Subject, error: &SmuError, what: &'static str) {
    let advice = match error {
        SmuError::Output { .. } => {
            "is an interlock open, or the output locked? Look at the instrument's display"
        }
        _ => "--transcript FILE shows what was said last",
    };
    report.advise(what, Outcome::Failed, chain(error), advice.to_owned());
}
