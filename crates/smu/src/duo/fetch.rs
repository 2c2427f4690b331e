//! Taking the readings of a sweep off both.

use std::{sync::OnceLock, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    Duo, both,
    coupling::{Plan, Shake, Side},
    model::Progress,
};
use crate::{Reading, Smu, SmuError};

/// What a sweep may take beyond twice its own time. Less than the limit of a single instrument's
/// reply: so the waiting is ended by an abort, and the reply that it brings keeps the link in step.
const GRACE: f64 = 10.0;

/// Between two questions whether a sweep is over: at first, and in the end.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

type Readings = (Vec<Reading>, Vec<Reading>);

impl Duo {
    /// Waits for both and takes their readings. Where one's failure would leave the other waiting for
    /// a trigger, the other is aborted at once.
    pub(super) async fn fetch(&mut self, count: usize) -> Result<Readings, SmuError> {
        let seconds = GRACE + 2.0 * count as f64 * self.seconds_per_point();
        let Plan::Handshake(shake) = &self.plan else {
            return both(tokio::join!(self.base.fetch(), self.probe.fetch()));
        };
        let limit = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        let (abort_base, abort_probe) = (self.base.aborter(), self.probe.aborter());
        let [of_base, of_probe] = shake.parts.each_ref().map(|it| it.progress.as_ref());
        let first = OnceLock::new();
        let base = async {
            let result = fetched(&mut self.base, of_base, limit).await;
            if result.is_err() && first.set(Side::Base).is_ok() {
                // Its link may be gone too; then there is nothing to keep in step.
                let _ = abort_probe.now().await;
            }
            result
        };
        let probe = async {
            let result = fetched(&mut self.probe, of_probe, limit).await;
            if result.is_err() && first.set(Side::Probe).is_ok() {
                let _ = abort_base.now().await;
            }
            result
        };
        let (base, probe) = match tokio::join!(base, probe) {
            (Ok(base), Ok(probe)) => return Ok((base, probe)),
            (base, probe) => (base.err(), probe.err()),
        };
        // What the other reports after it was aborted is no news.
        let failure = match first.get() {
            Some(Side::Probe) => probe.or(base),
            _ => base.or(probe),
        };
        match failure {
            Some(Failure::Smu(error)) => Err(*error),
            _ => Err(shake.no_trigger(&self.base, &self.probe, limit)),
        }
    }
}

enum Failure {
    Smu(Box<SmuError>),
    Waited,
}

async fn fetched(
    smu: &mut Smu,
    progress: Option<&Progress>,
    limit: Duration,
) -> Result<Vec<Reading>, Failure> {
    let readings = async {
        if let Some(progress) = progress {
            smu.ended(progress).await?;
        }
        smu.fetch().await
    };
    match timeout(limit, readings).await {
        Ok(result) => result.map_err(|error| Failure::Smu(Box::new(error))),
        Err(_) => Err(Failure::Waited),
    }
}

impl Smu {
    /// Waits until a sweep is over, by asking.
    async fn ended(&self, progress: &Progress) -> Result<(), SmuError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.ask(progress.query.as_str()).await?;
            if !progress.busy.iter().any(|it| answer.trim_ascii_start().starts_with(it.as_bytes()))
            {
                return Ok(());
            }
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

impl Shake {
    fn no_trigger(&self, base: &Smu, probe: &Smu, limit: Duration) -> SmuError {
        let [at_base, at_probe] = [&self.parts[0].lines, &self.parts[1].lines];
        let wire = |from: &Smu, output: u32, to: &Smu, input: u32| {
            format!("line {output} of \"{}\" must reach line {input} of \"{}\"", from.name, to.name)
        };
        let there = wire(base, at_base.output, probe, at_probe.input);
        let back = wire(probe, at_probe.output, base, at_base.input);
        SmuError::NoTrigger {
            base: base.name.clone(),
            probe: probe.name.clone(),
            cable: format!("{}, {there}, {back}", self.cable),
            seconds: limit.as_secs(),
        }
    }
}
