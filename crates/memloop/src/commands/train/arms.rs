//! The arms of a training: the devices with what they measured, then the controls.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use campaign::{CampaignError, Effort, PhaseCount};
use gradient::{Batch, Service};
use train::{
    Activation, ConstantSlope, CrossValidation, DataSet, Devices, MeasuredError, Neurons,
    PairTable, Plan, Progress, Recipe, Run, ShuffledSlope, SlopeSource, Snapshot, Software,
    cross_validate, statistics::Method,
};

use super::keeper::Keeper;
use crate::{
    commands::View,
    comparison::Compared,
    exit::Interrupted,
    experiment::{Control, TrainExperiment},
    progress,
    recorder::Recorder,
    report::Arm,
    shutdown::Stop,
};

/// Pre-activations over which the constant slope of the control is averaged.
pub const CONSTANT_SLOPE_POINTS: usize = 41;

/// What the arms have in common.
pub struct Arms {
    /// The experiment.
    pub experiment: TrainExperiment,
    /// Of it, what the trainer wants.
    pub recipe: Recipe,
    /// The rows.
    pub data: DataSet,
    /// What there is to do.
    pub plan: Plan,
    /// How the user wants to see it.
    pub view: View,
    /// When to end.
    pub stop: Stop,
    /// Readings and epochs are handed to it in turns, never across an await.
    pub recorder: Mutex<Recorder>,
    /// What every arm that trains by table begins with: the same forward pass for all. Empty where
    /// none does.
    pub tables: Vec<PairTable>,
    /// What was done before the run was resumed, by arm.
    pub progress: BTreeMap<String, Progress>,
}

/// The activation of a control that needs no device.
fn software(control: Control) -> Option<Software> {
    match control {
        Control::Tanh => Some(Software::Tanh),
        Control::Relu => Some(Software::Relu),
        _ => None,
    }
}

impl Arms {
    /// Trains all arms on the same splits, on pairs whose outputs are on.
    ///
    /// # Errors
    /// An instrument failed; training diverged; the campaign cannot be written; interrupted.
    pub async fn all(&self, services: &mut Vec<Service>) -> Result<Vec<Arm>> {
        let mut arms = vec![self.devices(None, services).await?];
        for control in self.experiment.controls.clone() {
            arms.push(match software(control) {
                Some(mut software) => self.arm(control.name(), &mut software).await?,
                None => self.devices(Some(control), services).await?,
            });
        }
        Ok(arms)
    }

    /// Measures the tables of a training by table; none of another.
    ///
    /// # Errors
    /// An instrument failed; the campaign cannot be written.
    pub async fn measure_tables(&self, services: &mut Vec<Service>) -> Result<Vec<PairTable>> {
        if self.experiment.devices.run != Run::Table {
            return Ok(Vec::new());
        }
        let on_readings = |batches: &[(usize, Batch)]| self.lock().batch("measured", batches);
        let mut neurons = self.neurons(None, services, on_readings)?;
        let prepared = neurons.prepare().await;
        let tables = neurons.tables().to_vec();
        *services = neurons.into_services();
        prepared.map(|()| tables).context("training \"measured\"")
    }

    /// Trains on the devices: with the measured slopes, or with what a control puts in their place.
    async fn devices(&self, control: Option<Control>, services: &mut Vec<Service>) -> Result<Arm> {
        let name = control.map_or("measured", Control::name);
        let progress = self.progress.get(name);
        if progress.map_or(Ok(false), |it| it.is_all(&self.recipe, &self.data))? {
            // No activation is asked anything.
            return self.arm(name, &mut Software::Identity).await;
        }
        let on_readings = |batches: &[(usize, Batch)]| self.lock().batch(name, batches);
        let mut neurons = self.neurons(control, services, on_readings)?;
        let arm = self.control(control, &mut neurons, name).await;
        *services = neurons.into_services();
        arm
    }

    /// The network's layers, with the pairs of `services` in them.
    ///
    /// # Errors
    /// A configuration that is not accepted; too few pairs. Nothing is sent.
    pub fn neurons<O>(
        &self,
        control: Option<Control>,
        services: &mut Vec<Service>,
        on_readings: O,
    ) -> Result<Neurons<O>>
    where
        O: FnMut(&[(usize, Batch)]) -> Result<(), CampaignError> + Send,
    {
        let mapping = self.experiment.mapping.mapping();
        // What `Devices` and `Neurons` refuse, they keep; here it can still be switched off.
        mapping.check()?;
        self.experiment.devices.check()?;
        for service in &*services {
            service.plan(&[mapping.window.0, mapping.window.1])?;
        }
        let slopes = match control {
            Some(Control::NumericalSlope) => SlopeSource::Numerical,
            _ => SlopeSource::Measured,
        };
        let devices = Devices::new(std::mem::take(services), mapping, on_readings)?;
        let (network, config) = (&self.recipe.network, self.experiment.devices.clone());
        let mut neurons = Neurons::new(network, devices, config, slopes)?;
        neurons.restore(Snapshot { tables: self.tables.clone(), ..Snapshot::default() });
        Ok(neurons)
    }

    async fn control<A>(
        &self,
        control: Option<Control>,
        neurons: &mut A,
        name: &'static str,
    ) -> Result<Arm>
    where
        A: Activation<Error = MeasuredError>,
    {
        match control {
            Some(Control::ConstantSlope) => {
                let mut constant = match self.constant(name) {
                    Some(slope) => ConstantSlope::new(neurons, slope),
                    None => self.constant_of_mean(neurons).await?,
                };
                self.arm(name, &mut constant).await
            }
            Some(Control::ShuffledSlope) => {
                let mut shuffled = ShuffledSlope::new(neurons, self.recipe.validation.seed);
                self.arm(name, &mut shuffled).await
            }
            _ => self.arm(name, neurons).await,
        }
    }

    async fn constant_of_mean<A: Activation>(
        &self,
        neurons: A,
    ) -> Result<ConstantSlope<A>, A::Error> {
        let network = &self.recipe.network;
        let layer = network.kinds().position(|it| it.software().is_none()).unwrap_or(0);
        let (width, range) = (network.hidden[layer], self.experiment.mapping.mapping().range());
        ConstantSlope::of_mean(neurons, layer, range, CONSTANT_SLOPE_POINTS, width).await
    }

    /// The constant of an arm that was begun before.
    fn constant(&self, arm: &str) -> Option<f32> {
        self.progress.get(arm)?.checkpoint.as_ref()?.activation.as_ref()?.slope
    }

    /// Cross-validates one activation.
    async fn arm<A: Activation>(&self, name: &'static str, activation: &mut A) -> Result<Arm> {
        let progress = self.progress.get(name).cloned().unwrap_or_default();
        let bar = progress::bar(self.plan.activations(), name, self.view.quiet);
        bar.set_position(self.done(&progress));
        let mut keeper = Keeper::new(self, name, &bar);
        let found =
            cross_validate(&self.recipe, &self.data, progress, activation, &mut keeper).await;
        let kept = keeper.end();
        bar.finish_and_clear();
        kept?;
        let found = found.with_context(|| format!("training \"{name}\""))?;
        if found.interrupted {
            return Err(Interrupted.into());
        }
        let recorder = self.lock();
        let kept = (recorder.count_phase(name)?, recorder.effort(name)?);
        Ok(arm(name, found, &self.data.labels, kept))
    }

    /// About how many activations were asked before.
    fn done(&self, progress: &Progress) -> u64 {
        let of_fold = self.plan.activations() / self.plan.folds.max(1);
        let begun = progress.checkpoint.as_ref().map_or(0, |it| it.epochs as u64);
        of_fold * progress.folds.len() as u64 + of_fold * begun / self.recipe.training.epochs as u64
    }

    /// The recorder.
    pub fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn arm(
    name: &str,
    found: CrossValidation,
    labels: &[usize],
    (count, effort): (PhaseCount, Effort),
) -> Arm {
    let folds = found.folds.len() as f64;
    let validated = found.folds.iter().map(|it| it.validation_accuracy).sum::<Option<f64>>();
    Arm {
        name: name.to_owned(),
        accuracy_percent_mean: 100.0 * found.mean().unwrap_or(f64::NAN),
        accuracy_percent_sd: found.sd().map(|it| 100.0 * it),
        accuracy_percent_by_repeat: found.accuracies.iter().map(|it| 100.0 * it).collect(),
        held_out: found.folds.iter().map(|it| it.held_out(labels)).collect(),
        epochs_mean: found.folds.iter().map(|it| it.epochs as f64).sum::<f64>() / folds,
        validation_accuracy_percent_mean: validated.map(|it| 100.0 * it / folds),
        confusion: found.confusion,
        readings: count.readings,
        effort,
        slopes_absent: count.absent,
        slopes_clamped: count.clamped,
    }
}

/// The controls held against the measured slopes, where there are controls.
pub fn compared(arms: &[Arm]) -> Option<Compared> {
    let methods: Vec<_> =
        arms.iter().map(|it| Method { name: &it.name, folds: &it.held_out }).collect();
    let (measured, controls) = methods.split_first()?;
    (!controls.is_empty()).then(|| Compared::new(*measured, controls))
}
