//! What answers depend on beside the plan and its rows, and how it changes with every batch.

use super::note::{Because, Note};
use crate::{
    Calibration, Due, Evidence, Gradient, GradientConfig, GradientError, Knowledge, Monotonic,
    Plan, Purpose, SentinelConfig, Shot, ShotReading, Store, discipline,
    sentinel::{Look, Sentinel},
};

/// Readings that a session keeps for the estimators that look back: of levels that are spread over the
/// window a fifth is near any level, which is as many as a curve is drawn through.
const STORED: usize = 10_240;

/// What is known of a pair so far. It depends on nothing but what it began with and the batches since,
/// so that recorded ones bring it back.
#[derive(Clone, Debug)]
pub struct State {
    knowledge: Knowledge,
    monotonic: Monotonic,
    /// The levels that a calibration is to serve, V.
    window: Option<[f64; 2]>,
    calibration: Option<Calibration>,
    store: Store,
    sentinel: Sentinel,
    /// The sentinel has moved since the calibration.
    drifted: bool,
}

/// One batch, measured.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What was asked and sent.
    pub plan: Plan,
    /// What came back: one for each shot.
    pub rows: Vec<ShotReading>,
    /// One for each point of the plan.
    pub gradients: Vec<Gradient>,
    /// What happened beside.
    pub notes: Vec<Note>,
}

impl Batch {
    /// The answers, in the asked order.
    pub fn answers(&self) -> impl Iterator<Item = &Gradient> {
        self.plan.answers.iter().map(|it| &self.gradients[*it])
    }
}

impl State {
    /// Before the first batch. Calibrations serve all levels that the curve of `knowledge` has.
    pub fn new(knowledge: Knowledge, monotonic: Monotonic) -> State {
        let grid = &knowledge.curve.levels;
        let window = grid.first().zip(grid.last()).map(|(low, high)| [*low, *high]);
        State {
            knowledge,
            monotonic,
            window,
            calibration: None,
            store: Store::new(STORED),
            sentinel: Sentinel::default(),
            drifted: false,
        }
    }

    /// The same where only levels of `window`, V, will be asked. A survey reaches further, and its
    /// outermost levels may be in compliance: a calibration that was spread over them too would lose
    /// its outermost levels, and with them slopes inside the window.
    #[must_use]
    pub fn within(self, window: [f64; 2]) -> State {
        State { window: Some(window), ..self }
    }

    /// Takes readings that were made before the first batch, the survey's: they count among the
    /// session's shots, and estimators that look back find them.
    pub fn remember(&mut self, shots: &[Shot], rows: &[ShotReading]) {
        self.store.add(shots, rows);
    }

    /// What a survey has found.
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The calibration that the next slopes rest on, unless a new one is due.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// What the next batch is to measure before its points.
    pub fn due(&self, config: &GradientConfig) -> Due {
        let calibration = self.because(config).and(self.window);
        // A calibration has a look of its own, which the later ones are compared with.
        let is_due = |it: &SentinelConfig| {
            calibration.is_some() || self.sentinel.is_due(it, self.store.shots())
        };
        Due { sentinel: config.sentinel.as_ref().is_some_and(is_due), calibration }
    }

    /// Why a calibration is due, if it is.
    fn because(&self, config: &GradientConfig) -> Option<Because> {
        if !config.method.is_calibrated() {
            return None;
        }
        let Some(calibration) = &self.calibration else { return Some(Because::First) };
        if self.drifted {
            return Some(Because::Drift);
        }
        let age = self.store.shots().saturating_sub(calibration.mismatch.made_at);
        (age >= config.calibration.refresh).then_some(Because::Age)
    }

    /// Forms the answers of a measured plan and learns from its readings. Without instruments: the
    /// same of the same recorded plans and rows, in their order. Readings are kept where the method
    /// looks back ([`Method::looks_back`](crate::Method::looks_back)).
    ///
    /// # Errors
    /// Rows of another number than the plan's shots: nothing is learnt.
    pub fn evaluate(
        &mut self,
        plan: Plan,
        rows: Vec<ShotReading>,
        config: &GradientConfig,
    ) -> Result<Batch, GradientError> {
        if plan.shots.len() != rows.len() {
            return Err(GradientError::Rows { shots: plan.shots.len(), rows: rows.len() });
        }
        let mut notes = Vec::new();
        let was_noted = self.drifted;
        let recalibrated = self.recalibrate(&plan, &rows, config, &mut notes);
        self.look(&plan, &rows, config, (recalibrated, was_noted), &mut notes);
        let gradients = config.method.estimate(Evidence {
            plan: &plan,
            rows: &rows,
            knowledge: &self.knowledge,
            calibration: self.calibration.as_ref(),
            store: &self.store,
            monotonic: self.monotonic,
        });
        notes.extend(discipline::disturbances(&plan, &rows, &self.knowledge.noise));
        if config.method.looks_back() {
            self.store.add(&plan.shots, &rows);
        } else {
            self.store.pass(rows.len());
        }
        Ok(Batch { plan, rows, gradients, notes })
    }

    /// Learns the calibration that the plan holds, if any; whether it has.
    fn recalibrate(
        &mut self,
        plan: &Plan,
        rows: &[ShotReading],
        config: &GradientConfig,
        notes: &mut Vec<Note>,
    ) -> bool {
        // A plan knows what it holds; its shots are many.
        if plan.cost.operations_of_calibration == 0 {
            return false;
        }
        let Some(made_at) = self.shots_after(plan, Purpose::Calibration) else { return false };
        let noise = &self.knowledge.noise;
        let Some(learnt) = Calibration::learn(&plan.shots, rows, noise, made_at) else {
            notes.push(Note::NotCalibrated);
            return false;
        };
        let because = self.because(config).unwrap_or(Because::Age);
        notes.push(Note::Recalibrated { because, made_at });
        self.calibration = Some(learnt);
        self.drifted = false;
        true
    }

    /// Compares the plan's look at the sentinel, if it holds one, with the reference. What has been
    /// noted once is not noted again until a calibration has made it good.
    fn look(
        &mut self,
        plan: &Plan,
        rows: &[ShotReading],
        config: &GradientConfig,
        (recalibrated, was_noted): (bool, bool),
        notes: &mut Vec<Note>,
    ) {
        let Some(sentinel) = &config.sentinel else { return };
        let Some(looked_at) = self.shots_after(plan, Purpose::Sentinel) else { return };
        self.sentinel.looked_at = Some(looked_at);
        let Some(look) = Look::of(plan, rows, &self.knowledge.noise) else {
            notes.push(Note::SentinelUnread { level: sentinel.level.0 });
            return;
        };
        let moved = self.sentinel.moved(&look, sentinel.threshold);
        if let Some(reference) = moved.filter(|_| !was_noted) {
            notes.push(Note::Drifted {
                level: look.level,
                watched: look.watched,
                before: reference.value,
                after: look.value,
                uncertainty: reference.uncertainty.hypot(look.uncertainty),
            });
        }
        // Until a method that rests on a calibration has a new one, the old reference stands.
        if config.method.is_calibrated() && !recalibrated {
            self.drifted |= moved.is_some();
        } else if moved.is_some() || recalibrated {
            self.sentinel.reference = Some(look);
        }
        self.sentinel.reference.get_or_insert(look);
    }

    /// The session's shots after the plan's last of a purpose.
    fn shots_after(&self, plan: &Plan, purpose: Purpose) -> Option<u64> {
        let last = plan.shots.iter().rposition(|it| it.purpose == purpose)?;
        Some(self.store.shots() + last as u64 + 1)
    }
}
