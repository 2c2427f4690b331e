//! Networks whose nonlinearity is measured: data sets, passes, optimisers, cross-validation.
//!
//! [`cross_validate`] trains a [`Recipe`] on a [`DataSet`]: hidden layers of any number and width.
//! What stands between the layers is an [`Activation`], which returns values and slopes together:
//! back-propagation uses the slopes that the forward pass returned, and nothing else is known about
//! the nonlinearity. [`Neurons`] are made of device pairs, live or by tables that the pairs filled;
//! [`Software`], [`ConstantSlope`] and [`ShuffledSlope`] are their controls.
//!
//! - **Order.** Mini-batches, rows and neurons are activated strictly one after the other, in an
//!   order that the seed decides: devices remember.
//! - **Seeds.** Splits, initial weights (where no [`Start`] gives them) and the order of rows depend on the recipe alone. The same
//!   recipe on another activation is a paired comparison; on the same activation, and the same
//!   machine, it gives the same bits.
//! - **Absent slopes** (NaN) carry no gradient backwards and are counted in every
//!   [`Epoch`]. Activations, slopes and losses that are infinite, and activations and losses that
//!   are not numbers, end the run with their place.
//! - **Cost.** The held-out rows are activated once, after the last epoch, unless asked otherwise;
//!   training accuracy comes from the training passes. [`Plan`] counts beforehand.
//! - **Interruption.** A [`Watch`] sees a [`Checkpoint`] after every epoch; a training that goes on
//!   from it ends with the same bits, where the activation does (tables and software do).
//! - **Ending.** After every mini-batch the receiver of [`Event`]s may answer `Break`; what has
//!   ended by then is returned. Dropping the future loses it, and leaves the activation as the batch
//!   in flight left it.
//!
//! ```
//! use std::ops::ControlFlow;
//! use train::{DataSet, Event, Plan, Progress, Recipe, Software, cross_validate};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let recipe: Recipe = toml::from_str(
//!     "[network]
//!      hidden = 2
//!      init_scale = 0.3
//!      [training]
//!      epochs = 50
//!      batch = 16
//!      learning_rate = 0.1
//!      weight_decay = 0.01
//!      range_penalty = 3.0
//!      [validation]
//!      folds = 5
//!      repeats = 1
//!      seed = 1000",
//! )?;
//! let text = include_str!("../../../experiments/iris.csv");
//! let data = DataSet::from_csv("iris.csv", text, Some("species"))?;
//! assert_eq!(Plan::new(&recipe, &data)?.activations(), 60_300);
//!
//! let mut activated = 0;
//! let mut events = |event| {
//!     if let Event::Batch { activations, .. } = event {
//!         activated += activations;
//!     }
//!     ControlFlow::Continue(())
//! };
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! let mut activation = Software::Tanh;
//! let run = cross_validate(&recipe, &data, Progress::default(), &mut activation, &mut events);
//! let found = runtime.block_on(run)?;
//! assert!(found.mean() > Some(0.94));
//! assert_eq!(activated, 60_300);
//! # Ok(())
//! # }
//! ```

mod activation;
mod config;
mod constant_slope;
mod cross_validation;
mod data;
mod devices;
mod error;
mod event;
mod features;
mod folds;
#[cfg(test)]
mod gradient_check;
mod loss;
mod mapping;
mod network;
mod neurons;
mod optimiser;
mod pass;
mod plan;
mod schedule;
mod shuffled_slope;
mod software;
mod split;
mod spsa;
pub mod statistics;
mod table;
mod trainer;

pub use activation::{Activated, Activation};
pub use config::{
    LayerKind, NetworkConfig, PairBinding, Recipe, Rule, Start, TrainingConfig, ValidationConfig,
};
pub use constant_slope::ConstantSlope;
pub use cross_validation::{CrossValidation, Progress, cross_validate};
pub use data::{
    Columns, DataError, DataSet, Generated, MinMax, MnistFiles, NamedBytes, Scale, Scaling,
    Standardise, Task, hold_out, validation_split,
};
pub use devices::{Devices, MeasuredError};
pub use error::{ConfigError, TrainError};
pub use event::{Epoch, Event, Phase, Place, SlopeCount, Watch};
pub use folds::{Fold, stratified_folds};
pub use loss::Loss;
pub use mapping::Mapping;
pub use network::{Dense, Network};
pub use neurons::{DevicesConfig, Neurons, PairTable, Run, SlopeSource, Snapshot};
pub use optimiser::Optimiser;
pub use plan::Plan;
pub use schedule::Schedule;
pub use shuffled_slope::ShuffledSlope;
pub use software::Software;
pub use split::splits;
pub use spsa::{Spsa, SpsaConfig};
pub use table::{Table, TableError};
pub use trainer::{Best, Checkpoint, FoldId, FoldResult, Validated, evaluate_again, train_fold};
