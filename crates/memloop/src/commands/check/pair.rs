//! A pair's trigger path: both outputs on at 0 V, a sweep of zeros on both at once, off again.

use smu::{Reading, Smu, SmuError};

use super::{
    instrument::chain,
    report::{Outcome, Subject},
};
use crate::bench::PairEntry;

/// Zeros: as many as show that none is lost or doubled.
const LEVELS: [f64; 5] = [0.0; 5];
const PATH: &str = "trigger path";

/// Tries a pair whose instruments are both ready.
pub async fn check(pair: &PairEntry, smus: &mut [Option<Smu>]) -> Subject {
    let mut report = Subject::new(&pair.name, format!("{} and {}", pair.base, pair.probe));
    let place =
        |name: &str| smus.iter().position(|it| it.as_ref().is_some_and(|it| it.name() == name));
    let (Some(base), Some(probe)) = (place(&pair.base), place(&pair.probe)) else {
        report.skip(PATH);
        return report;
    };
    let (Some(mut base), Some(mut probe)) = (smus[base].take(), smus[probe].take()) else {
        report.skip(PATH);
        return report;
    };
    let swept = swept(&mut base, &mut probe).await;
    // Whatever happened, both go off, and the second also when the first does not.
    let off = (base.output_off().await, probe.output_off().await);
    match swept {
        Ok((one, other)) => told(&mut report, &one, &other),
        Err(error) => failed(&mut report, &error, PATH),
    }
    match off.0.and(off.1) {
        Ok(()) => report.add("outputs", Outcome::Passed, "off again, verified"),
        Err(error) => failed(&mut report, &error, "outputs"),
    }
    report
}

async fn swept(base: &mut Smu, probe: &mut Smu) -> Result<(Vec<Reading>, Vec<Reading>), SmuError> {
    base.output_on().await?;
    probe.output_on().await?;
    base.stage(&LEVELS).await?;
    probe.stage(&LEVELS).await?;
    base.start().await?;
    probe.start().await?;
    Ok((base.fetch().await?, probe.fetch().await?))
}

fn told(report: &mut Subject, one: &[Reading], other: &[Reading]) {
    let most = |rows: &[Reading]| {
        let currents = rows.iter().filter_map(|it| it.current);
        currents.map(f64::abs).fold(0.0, f64::max)
    };
    if one.len() != LEVELS.len() || other.len() != LEVELS.len() {
        let found = format!("{} and {} readings of {}", one.len(), other.len(), LEVELS.len());
        let advice =
            "a trigger was lost or came twice: check the trigger cable and its lines".to_owned();
        report.advise(PATH, Outcome::Failed, found, advice);
        return;
    }
    let found = format!(
        "{} paired readings at 0 V, at most {:.3e} A and {:.3e} A",
        one.len(),
        most(one),
        most(other)
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
