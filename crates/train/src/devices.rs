use std::error::Error;

use futures_util::future::join_all;
use gradient::{Absent, Batch, GradientError, Service};
use thiserror::Error;

use crate::{ConfigError, Mapping, TableError};

/// The pairs of devices that neurons are made of, and where their readings go.
///
/// All pairs are measured at once. What was read goes to `O` before any of it is used, so that what
/// trained is on disk.
pub struct Devices<O> {
    services: Vec<Service>,
    mapping: Mapping,
    on_readings: O,
}

/// Why something could not be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MeasuredError {
    /// There is nothing to measure with.
    #[error("no pair of devices: expected at least one")]
    NoPairs,
    /// Every neuron is to be a pair of its own, and there are not as many.
    #[error(
        "{neurons} neurons are to be pairs of their own, and there are {pairs} pairs: \
         expected as many pairs, or network.pairs = \"shared\""
    )]
    PairsOfTheirOwn {
        /// Neurons that are devices.
        neurons: usize,
        /// Pairs on the bench.
        pairs: usize,
    },
    /// The mapping, or how devices are run, is not accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A pair cannot be measured.
    #[error("pair \"{pair}\" cannot be measured")]
    Pair {
        /// Which.
        pair: String,
        /// Why.
        source: GradientError,
    },
    /// The receiver of the readings refused them.
    #[error("the readings could not be kept")]
    NotKept {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What a pair gave on the grid makes no table.
    #[error("pair \"{pair}\" has no table")]
    Table {
        /// Which.
        pair: String,
        /// Why.
        source: TableError,
    },
    /// A current is not known.
    #[error(
        "pair \"{pair}\" has no current at {level} V ({reason}): \
         choose a larger sense_range, or a smaller window in [mapping]"
    )]
    NoCurrent {
        /// Which.
        pair: String,
        /// V, where the current would belong.
        level: f64,
        /// What is wrong with which reading.
        reason: Absent,
    },
}

impl<O, E> Devices<O>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    /// Measures with `services`, whose outputs must be on by the time of the first batch.
    ///
    /// # Errors
    /// No pair, a mapping that is not accepted, a step that a source cannot make, or a mapping's
    /// window whose ends need a level outside an instrument's. Nothing is sent.
    pub fn new(
        services: Vec<Service>,
        mapping: Mapping,
        on_readings: O,
    ) -> Result<Devices<O>, MeasuredError> {
        mapping.check()?;
        if services.is_empty() {
            return Err(MeasuredError::NoPairs);
        }
        let (low, high) = mapping.window;
        for service in &services {
            service.plan(&[low, high]).map_err(|source| failed(service, source))?;
        }
        Ok(Devices { services, mapping, on_readings })
    }

    /// Measures what each pair is asked, V: nothing where its list is empty. The answers are one
    /// batch for each pair that was asked something, with the pair's number, in their order.
    ///
    /// # Errors
    /// An instrument that fails, or readings that cannot be kept. Also when a pair fails, the others
    /// finish, and what they measured is kept.
    pub async fn measure(
        &mut self,
        asked: &[Vec<f64>],
    ) -> Result<Vec<(usize, Batch)>, MeasuredError> {
        let of_pairs = self.services.iter_mut().zip(asked).enumerate();
        let measured = of_pairs
            .filter(|(_, (_, levels))| !levels.is_empty())
            .map(async |(number, (service, levels))| (number, service.measure(levels).await));

        let (mut batches, mut refused) = (Vec::with_capacity(asked.len()), None);
        for (number, found) in join_all(measured).await {
            match found {
                Ok(found) => batches.push((number, found)),
                Err(source) => refused = refused.or(Some((number, source))),
            }
        }
        (self.on_readings)(&batches)
            .map_err(|error| MeasuredError::NotKept { source: error.into() })?;
        match refused {
            Some((number, source)) => Err(failed(&self.services[number], source)),
            None => Ok(batches),
        }
    }
}

impl<O> Devices<O> {
    /// How pre-activations become volts, and currents activations.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> usize {
        self.services.len()
    }

    /// The pairs.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The pairs, to switch their outputs.
    pub fn services_mut(&mut self) -> &mut [Service] {
        &mut self.services
    }

    /// The pairs, for what comes after.
    pub fn into_services(self) -> Vec<Service> {
        self.services
    }

    pub(crate) fn no_table(&self, pair: usize, source: TableError) -> MeasuredError {
        MeasuredError::Table { pair: self.services[pair].pair().name().to_owned(), source }
    }

    pub(crate) fn no_current(&self, pair: usize, level: f64, reason: Absent) -> MeasuredError {
        let pair = self.services[pair].pair().name().to_owned();
        MeasuredError::NoCurrent { pair, level, reason }
    }
}

fn failed(service: &Service, source: GradientError) -> MeasuredError {
    MeasuredError::Pair { pair: service.pair().name().to_owned(), source }
}
