//! How long epochs of MNIST take: what the trainer does, all of it, with a table as activation.
//!
//! ```text
//! cargo run --release -p memloop-train --example epoch -- experiments/mnist 128-64 128 5
//! ```
//!
//! The arguments are the folder with the four IDX files, the hidden layers, the rows of a
//! mini-batch, and how many epochs are timed after one that is not. It prints one line of JSON.
//! `tests/peers/training/run` compares it with PyTorch and numpy.

use std::{
    convert::Infallible,
    env,
    error::Error,
    fs, future,
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

use ndarray::{Array2, ArrayView2};
use serde_json::json;
use train::{
    Activated, Activation, DataSet, Event, FoldId, Mapping, MnistFiles, NamedBytes, Recipe, Table,
    train_fold,
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, hidden, batch, epochs] = arguments.as_slice() else {
        let expected =
            "expected: epoch FOLDER HIDDEN BATCH EPOCHS, such as experiments/mnist 128-64 128 5";
        return Err(expected.into());
    };
    let data = data(Path::new(folder))?;
    let timed = measure(&data, hidden, batch.parse()?, epochs.parse()?)?;
    let seconds = |of: fn(&Moment) -> Duration| -> Vec<f64> {
        timed.epochs.iter().map(|it| of(it).as_secs_f64()).collect()
    };
    let said = json!({
        "seconds": seconds(|it| it.wall),
        "processor_seconds": seconds(|it| it.processor),
        "accuracy": timed.accuracy,
        "peak_bytes": peak_bytes(),
    });
    println!("{said}");
    Ok(())
}

struct Timed {
    epochs: Vec<Moment>,
    /// On the test rows, after the last epoch.
    accuracy: f64,
}

/// Since something began.
struct Moment {
    wall: Duration,
    processor: Duration,
}

/// Trains one epoch to warm up, and so many that are timed.
fn measure(data: &DataSet, hidden: &str, batch: usize, epochs: usize) -> Result<Timed> {
    let hidden = hidden.replace('-', ", ");
    let recipe: Recipe = toml::from_str(&format!(
        "[network]
         hidden = [{hidden}]
         inputs = \"standardise-together\"
         init_scale = 1.0
         [training]
         epochs = {}
         batch = {batch}
         optimiser = \"adam\"
         schedule = \"constant\"
         learning_rate = 2e-3
         weight_decay = 0.0
         range_penalty = 0.0
         [validation]
         repeats = 1
         seed = 1",
        epochs + 1
    ))?;
    let fold = data.own_split().ok_or("the data set has no test rows of its own")?;
    let of_epoch = fold.train.len().div_ceil(batch);
    let mut activation = Saturating::new()?;
    let (mut timed, mut batches) = (Timed { epochs: Vec::new(), accuracy: f64::NAN }, 0);
    let mut begun = (Instant::now(), busy());
    // The next epoch begins, with the shuffling of its rows, when the one before is told to have
    // ended; what is done with test rows lies between its last mini-batch and that.
    let mut events = |event| {
        match event {
            Event::Batch { .. } => {
                batches += 1;
                if batches == of_epoch {
                    let (wall, processor) = (begun.0.elapsed(), busy() - begun.1);
                    timed.epochs.push(Moment { wall, processor });
                }
            }
            Event::Epoch(epoch) => {
                timed.accuracy = epoch.test_accuracy.unwrap_or(f64::NAN);
                (batches, begun) = (0, (Instant::now(), busy()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let id = FoldId { repeat: 0, fold: 0 };
    let run = train_fold(&recipe, data, &fold, id, None, &mut activation, &mut events);
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run)?;
    timed.epochs.remove(0);
    Ok(timed)
}

/// A device that saturates, by its table.
struct Saturating {
    mapping: Mapping,
    table: Table,
}

impl Saturating {
    fn new() -> Result<Saturating> {
        let mapping =
            Mapping { volts_per_unit: 0.3, window: (-1.0, 1.0), current_scale: 1e-4, gain: 1.5 };
        let levels: Vec<f64> = (0..257).map(|it| f64::from(it) / 128.0 - 1.0).collect();
        let currents: Vec<f64> =
            levels.iter().map(|it| 1e-4 * (it / 0.38).tanh() + 5e-6 * it).collect();
        let slopes: Vec<f64> =
            levels.iter().map(|it| 1e-4 / 0.38 / (it / 0.38).cosh().powi(2) + 5e-6).collect();
        let table = Table::new(&mapping, &levels, &currents, &slopes)?;
        Ok(Saturating { mapping, table })
    }
}

impl Activation for Saturating {
    type Error = Infallible;

    fn activate(
        &mut self,
        _layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Infallible>> + Send {
        let (mut values, mut slopes) = (Array2::default((0, 0)), Array2::default((0, 0)));
        self.table.activate(inputs, &mut values, &mut slopes);
        future::ready(Ok(Activated { values, slopes }))
    }

    fn mapping(&self, _layer: usize) -> Option<&Mapping> {
        Some(&self.mapping)
    }
}

fn data(folder: &Path) -> Result<DataSet> {
    let read = |name: &str| -> Result<(String, Vec<u8>)> {
        let [plain, zipped] = ["", ".gz"].map(|it| folder.join(format!("{name}{it}")));
        let path = if plain.exists() { plain } else { zipped };
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((path.display().to_string(), bytes))
    };
    fn named((file, bytes): &(String, Vec<u8>)) -> NamedBytes<'_> {
        NamedBytes { file, bytes }
    }
    Ok(DataSet::from_mnist(MnistFiles {
        train_images: named(&read("train-images-idx3-ubyte")?),
        train_labels: named(&read("train-labels-idx1-ubyte")?),
        test_images: named(&read("t10k-images-idx3-ubyte")?),
        test_labels: named(&read("t10k-labels-idx1-ubyte")?),
    })?)
}

/// How long processors have worked for this process; zero where the system does not say.
fn busy() -> Duration {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The most memory that this process ever had; zero where the system does not say.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map_or(0, |it| it * 1024)
}
