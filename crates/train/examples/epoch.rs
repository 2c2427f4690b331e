//! How long an epoch of MNIST takes: what the trainer does, all of it, with a table as activation.
//!
//! ```text
//! cargo run --release -p memloop-train --example epoch -- --mnist DIR
//! ```
//!
//! `--batch 64,128`, `--hidden 128-64,256-128` and `--epochs 5` are the defaults; `DIR` is
//! `../shared/data/mnist` when absent. Where there is no MNIST, it makes random images that are
//! zero as often, and says so.

use std::{
    convert::Infallible,
    env, fs, future,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use ndarray::{Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use train::{
    Activated, Activation, DataSet, Event, Fold, FoldId, Mapping, MnistFiles, NamedBytes, Recipe,
    Table, train_fold,
};

const TRAIN_ROWS: usize = 60_000;
const PIXELS: usize = 784;

fn main() -> Result<()> {
    let options = Options::of(env::args().skip(1))?;
    let data = data(&options.mnist)?;
    println!(
        "seconds per epoch of {TRAIN_ROWS} rows, AdamW, single precision, a table of 257 levels;"
    );
    println!(
        "median, least and most of {} epochs; the last column is of the whole process",
        options.epochs
    );
    println!(
        "{:>14} {:>6} {:>8} {:>8} {:>8} {:>10} {:>9}",
        "hidden", "batch", "median", "least", "most", "accuracy", "peak MB"
    );
    for hidden in &options.hidden {
        for batch in &options.batch {
            let (mut seconds, accuracy) = measure(&data, hidden, *batch, options.epochs)?;
            seconds.sort_by(f64::total_cmp);
            let (least, most) = (seconds[0], seconds[seconds.len() - 1]);
            let median = seconds[seconds.len() / 2];
            println!(
                "{hidden:>14} {batch:>6} {median:>8.3} {least:>8.3} {most:>8.3} {accuracy:>10.4} {:>9}",
                peak()
            );
        }
    }
    Ok(())
}

struct Options {
    mnist: PathBuf,
    batch: Vec<usize>,
    hidden: Vec<String>,
    epochs: usize,
}

impl Options {
    fn of(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options {
            mnist: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mnist"),
            batch: vec![64, 128],
            hidden: vec!["128-64".into(), "256-128".into()],
            epochs: 5,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--mnist" => options.mnist = value.into(),
                "--batch" => {
                    options.batch = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--hidden" => options.hidden = value.split(',').map(String::from).collect(),
                "--epochs" => options.epochs = value.parse()?,
                _ => bail!("{name}: expected --mnist, --batch, --hidden or --epochs"),
            }
        }
        Ok(options)
    }
}

/// Trains so many epochs; seconds of each, and the accuracy on the test rows after them.
fn measure(data: &DataSet, hidden: &str, batch: usize, epochs: usize) -> Result<(Vec<f64>, f64)> {
    let hidden = hidden.replace('-', ", ");
    let recipe: Recipe = toml::from_str(&format!(
        "[network]
         hidden = [{hidden}]
         init_scale = 1.0
         [training]
         epochs = {epochs}
         batch = {batch}
         learning_rate = 2e-3
         weight_decay = 0.01
         range_penalty = 0.0
         [validation]
         folds = 2
         repeats = 1
         seed = 1"
    ))?;
    let fold = data.own_split().unwrap_or_else(|| Fold {
        train: (0..TRAIN_ROWS).collect(),
        validate: Vec::new(),
        test: (TRAIN_ROWS..data.labels.len()).collect(),
    });
    let mut activation = Saturating::new()?;
    let (mut seconds, mut accuracy) = (Vec::new(), 0.0);
    // From the first mini-batch to the last; the test rows are not part of an epoch.
    let (mut batches, mut begun) = (0, Instant::now());
    let of_epoch = fold.train.len().div_ceil(batch);
    let mut events = |event| {
        match event {
            Event::Batch { .. } if seconds.len() < epochs => {
                batches += 1;
                if batches == of_epoch {
                    seconds.push(begun.elapsed().as_secs_f64());
                }
            }
            Event::Epoch(epoch) => {
                accuracy = epoch.test_accuracy.unwrap_or(accuracy);
                (batches, begun) = (0, Instant::now());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let id = FoldId { repeat: 0, fold: 0 };
    let run = train_fold(&recipe, data, &fold, id, None, &mut activation, &mut events);
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run)?;
    Ok((seconds, accuracy))
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
    if !folder.join("train-images-idx3-ubyte.gz").exists() {
        println!("no MNIST in {}: random images, 19 % of the pixels not zero", folder.display());
        return Ok(random());
    }
    let read = |name: &str| {
        let name = format!("{name}.gz");
        let bytes = fs::read(folder.join(&name)).with_context(|| name.clone())?;
        anyhow::Ok((name, bytes))
    };
    let train_images = read("train-images-idx3-ubyte")?;
    let train_labels = read("train-labels-idx1-ubyte")?;
    let test_images = read("t10k-images-idx3-ubyte")?;
    let test_labels = read("t10k-labels-idx1-ubyte")?;
    fn named((file, bytes): &(String, Vec<u8>)) -> NamedBytes<'_> {
        NamedBytes { file, bytes }
    }
    Ok(DataSet::from_mnist(MnistFiles {
        train_images: named(&train_images),
        train_labels: named(&train_labels),
        test_images: named(&test_images),
        test_labels: named(&test_labels),
    })?)
}

fn random() -> DataSet {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows = TRAIN_ROWS + 1000;
    let pixel = |_| if rng.random_bool(0.19) { rng.random_range(0.0..1.0) } else { 0.0 };
    DataSet {
        features: Array2::from_shape_fn((rows, PIXELS), pixel),
        labels: (0..rows).map(|row| row % 10).collect(),
        feature_names: (0..PIXELS).map(|it| it.to_string()).collect(),
        class_names: (0..10).map(|it| it.to_string()).collect(),
        held_out: None,
    }
}

/// The most memory that this process ever had, MB; a question mark where the system does not say.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map_or("?".into(), |it| (it * 1024 / 1_000_000).to_string())
}
