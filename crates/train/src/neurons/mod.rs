//! Hidden layers of device pairs, live or by table, and of software.

use std::error::Error;

use gradient::{Batch, Service};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use self::tables::Tables;
pub use self::{
    config::{DevicesConfig, Run},
    tables::PairTable,
};
use crate::{
    Activated, Activation, Devices, Mapping, MeasuredError, NetworkConfig, PairBinding, Software,
};

mod config;
mod live;
mod tables;

/// An activation made of device pairs: the value is the current of the device that the slope belongs
/// to, the base or the mean of the two, as the estimator has it.
///
/// **Live**, a batch is one plan for each pair: its levels row by row, and within a row neuron by
/// neuron; all pairs are measured at once. **By table**, currents and slopes of each pair are measured
/// on a grid before the first batch, and interpolated; the tables are measured again when they are
/// old or the devices have moved ([`DevicesConfig`]). **Hybrid**, values are live and slopes
/// interpolated.
///
/// An absent current (overflow, not a number) is an error: the forward pass has nothing to put in
/// its place. A current in compliance is a current. An absent slope is NaN.
pub struct Neurons<O> {
    devices: Devices<O>,
    config: DevicesConfig,
    slopes: SlopeSource,
    layers: Vec<Layer>,
    tables: Option<Tables>,
    /// Mini-batches since the tables were measured, and since they were last checked.
    age: [u64; 2],
    /// How often tables were measured.
    measured: u64,
}

/// Where slopes of tables come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlopeSource {
    /// The gradient service.
    Measured,
    /// The numerical derivative of the table's own currents, smoothed: a control that needs no pair.
    Numerical,
}

/// What an interrupted training takes up again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What each pair gave on the grid; empty where nothing was tabled.
    pub tables: Vec<PairTable>,
    /// Mini-batches since the tables were measured, and since they were last checked.
    pub age: [u64; 2],
    /// Where generators of random numbers are: words taken.
    pub drawn: u128,
}

/// What stands behind one hidden layer.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Software(Software),
    /// The number of its first neuron's pair.
    Devices(usize),
}

impl<O> Neurons<O> {
    /// The hidden layers of `network`, with the pairs of `devices`.
    ///
    /// # Errors
    /// A configuration that is not accepted; neurons that are to be pairs of their own, and are not as
    /// many as the pairs. Nothing is sent.
    pub fn new(
        network: &NetworkConfig,
        devices: Devices<O>,
        config: DevicesConfig,
        slopes: SlopeSource,
    ) -> Result<Neurons<O>, MeasuredError> {
        network.check()?;
        config.check()?;
        let (neurons, pairs) = (network.device_neurons(), devices.pairs());
        if network.pairs == PairBinding::Own && neurons != pairs {
            return Err(MeasuredError::PairsOfTheirOwn { neurons, pairs });
        }
        let mut next = 0;
        let layers = network.kinds().zip(&network.hidden).map(|(kind, width)| {
            let first = next;
            match (kind.software(), network.pairs) {
                (Some(software), _) => Layer::Software(software),
                (None, PairBinding::Shared) => Layer::Devices(0),
                (None, PairBinding::Own) => {
                    next += width;
                    Layer::Devices(first)
                }
            }
        });
        let layers = layers.collect();
        Ok(Neurons { devices, config, slopes, layers, tables: None, age: [0; 2], measured: 0 })
    }

    /// The pairs, to switch their outputs.
    pub fn services_mut(&mut self) -> &mut [Service] {
        self.devices.services_mut()
    }

    /// The pairs, for what comes after.
    pub fn into_services(self) -> Vec<Service> {
        self.devices.into_services()
    }

    /// What each pair gave on the grid, once it was measured.
    pub fn tables(&self) -> &[PairTable] {
        self.tables.as_ref().map_or(&[], |it| &it.of_pairs)
    }

    /// How often the tables were measured.
    pub fn tables_measured(&self) -> u64 {
        self.measured
    }

    fn needs_tables(&self) -> bool {
        self.config.run != Run::Live || self.slopes == SlopeSource::Numerical
    }
}

impl<O, E> Neurons<O>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    /// Measures the tables where there are none, or where they are due.
    ///
    /// # Errors
    /// As [`Devices::measure`]; a level without a current.
    pub async fn prepare(&mut self) -> Result<(), MeasuredError> {
        if !self.needs_tables() {
            return Ok(());
        }
        let old = |limit: Option<u64>, age| limit.is_some_and(|it| age >= it);
        let due = match &self.tables {
            None => true,
            Some(_) if old(self.config.refresh, self.age[0]) => true,
            Some(tables) if old(self.config.check, self.age[1]) => {
                self.age[1] = 0;
                let most = self.config.drift * self.devices.mapping().current_scale;
                tables.moved(&mut self.devices).await? > most
            }
            Some(_) => false,
        };
        if due {
            let levels = self.config.levels;
            self.tables = Some(Tables::measure(&mut self.devices, levels, self.slopes).await?);
            self.age = [0; 2];
            self.measured += 1;
        }
        Ok(())
    }

    async fn live(
        &mut self,
        inputs: ArrayView2<'_, f32>,
        first: usize,
    ) -> Result<Activated, MeasuredError> {
        let pairs = self.devices.pairs();
        let asked = live::levels(inputs, self.devices.mapping(), first, pairs);
        let batches = self.devices.measure(&asked).await?;
        let mut answers = vec![Vec::new(); pairs];
        for (number, batch) in &batches {
            answers[*number] = batch.answers().collect();
        }
        live::activated(inputs, self.devices.mapping(), first, &answers)
            .map_err(|(number, level, reason)| self.devices.no_current(number, level, reason))
    }
}

impl<O, E> Activation for Neurons<O>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = MeasuredError;

    async fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> Result<Activated, MeasuredError> {
        if layer == 0 {
            self.prepare().await?;
            self.age = self.age.map(|it| it + 1);
        }
        let first = match self.layers[layer] {
            Layer::Software(software) => return Ok(software.of(inputs)),
            Layer::Devices(first) => first,
        };
        match (&self.tables, self.config.run) {
            (Some(tables), Run::Table) => Ok(tables.activate(inputs, first)),
            (Some(tables), _) => {
                let Activated { slopes, .. } = tables.activate(inputs, first);
                let Activated { values, .. } = self.live(inputs, first).await?;
                Ok(Activated { values, slopes })
            }
            (None, _) => self.live(inputs, first).await,
        }
    }

    fn mapping(&self, layer: usize) -> Option<&Mapping> {
        match self.layers[layer] {
            Layer::Software(_) => None,
            Layer::Devices(_) => Some(self.devices.mapping()),
        }
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let tables = self.tables.as_ref()?;
        Some(Snapshot { tables: tables.of_pairs.clone(), age: self.age, drawn: 0 })
    }

    fn restore(&mut self, snapshot: Snapshot) {
        if !snapshot.tables.is_empty() {
            // Tables that make no sense are measured anew.
            let mapping = self.devices.mapping();
            self.tables = Tables::of(snapshot.tables, mapping, self.slopes).ok();
            self.age = snapshot.age;
        }
    }
}
