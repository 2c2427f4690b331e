//! Gradient experiments: estimators against the numerical gradient of the same devices.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gradient::{GradientConfig, Method, Step, fidelity::LocalPolynomial};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use smu::units::Volts;

use crate::{
    config,
    exit::BadInput,
    experiment::{Kind, load, refused},
    levels,
};

/// More levels or sweeps than this are a typing error, or would not fit in memory.
const MOST_POINTS: usize = 1_000_000;
/// Of a budget for one point.
const MOST_OPERATIONS: u64 = 100_000;

/// A comparison of measured and numerical gradients, `kind = "gradient"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientExperiment {
    kind: Kind,
    /// What people call it.
    #[serde(deserialize_with = "config::name")]
    pub name: String,
    /// The bench it was written for, beside this file; `--bench` overrides it.
    pub bench: Option<PathBuf>,
    /// How often all devices are replaced by others of the same kind, drawn with other seeds. On
    /// simulated benches only.
    #[serde(default = "one")]
    pub draws: u64,
    /// How a slope is measured: the estimator that the paper's figures are compared with, and what
    /// all of `[compare]` have in common.
    pub gradient: GradientConfig,
    /// Which estimators are compared, at which budgets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<CompareConfig>,
    /// The dense sweep that the numerical gradient is taken of.
    #[serde(default)]
    pub reference: ReferenceConfig,
    /// Where slopes are measured.
    pub sweep: SweepConfig,
}

/// Which estimators are compared, at which budgets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareConfig {
    /// The estimators, or `all`.
    #[serde(deserialize_with = "methods")]
    pub methods: Vec<Method>,
    /// Source-measure operations for each point: a budget that every estimator may spend on repeats.
    pub operations: Vec<u64>,
    /// The step, where it is another than `[gradient]`'s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_v: Option<Step>,
}

/// The dense sweep that the numerical gradient is taken of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReferenceConfig {
    /// Whose curve it is.
    pub of: ReferenceOf,
    /// Levels from one end of the window to the other.
    pub points: usize,
    /// Sweeps of both devices, half of them before the slopes and half after; even.
    pub sweeps: usize,
    /// How far the local fit reaches to either side; 4 % of the window's span where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<Volts>,
    /// Of the local polynomial.
    pub degree: usize,
}

/// Whose curve the numerical gradient is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceOf {
    /// The devices' that the slopes are measured on, half of the sweeps before the slopes and half
    /// after: their noise and drift are in it.
    #[default]
    SameDevices,
    /// The same simulated devices', with noise and drift switched off: through the same instruments, in
    /// the same protocol. Every estimator meets fresh devices too. On simulated benches only.
    QuietTwins,
}

/// Equally spaced levels.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepConfig {
    /// The lowest and the highest base level. May be left out with `--device`: the curve's own range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<[Volts; 2]>,
    /// Levels from one end to the other.
    pub points: usize,
    /// How often every estimator measures the window.
    pub sweeps: usize,
}

fn one() -> u64 {
    1
}

impl Default for ReferenceConfig {
    fn default() -> Self {
        ReferenceConfig {
            of: ReferenceOf::SameDevices,
            points: 401,
            sweeps: 8,
            half_width: None,
            degree: 3,
        }
    }
}

impl ReferenceConfig {
    /// The fit for a window of this span.
    pub fn fit(&self, [low, high]: [f64; 2]) -> LocalPolynomial {
        let half_width = self.half_width.map_or(0.04 * (high - low), |it| it.0);
        LocalPolynomial { half_width, degree: self.degree }
    }

    /// Refuses a fit that would reach too few levels even where devices allow levels on both sides, at
    /// `points` levels of a window, V. What a bench's windows and source codes leave is seen later.
    ///
    /// # Errors
    /// The sentence names both keys and what is enough.
    pub fn check_reach(&self, window: [Volts; 2], points: usize) -> Result<(), BadInput> {
        let [low, high] = window.map(|it| it.0);
        let (fit, step) = (self.fit([low, high]), (high - low) / (self.points - 1) as f64);
        if fit.half_width > high - low {
            return Err(BadInput::new(format!(
                "reference.half_width = {}: accepted is a voltage above 0 V, and at most sweep.window is wide, {}",
                Volts(fit.half_width),
                Volts(high - low)
            )));
        }
        let reached = |at: &f64| {
            // A hair generous: what is enough to the last bit is for the levels as sent to say.
            let first = ((at - fit.half_width - low) / step - 1e-6).ceil();
            let last = ((at + fit.half_width - low) / step + 1e-6).floor();
            (last - first) as usize + 1
        };
        let levels = levels::grid(window, points);
        let narrow = levels.iter().find(|it| reached(it) < fit.least_points());
        let found = narrow.map(|at| self.narrow([low, high], 0.0, *at, reached(at)));
        found.map_or(Ok(()), |sentence| Err(BadInput::new(sentence)))
    }

    /// That the fit reaches only `found` levels at `level`, V, and what is enough on any device whose
    /// levels are `code` apart, V.
    pub fn narrow(&self, window: [f64; 2], code: f64, level: f64, found: usize) -> String {
        let (fit, span) = (self.fit(window), window[1] - window[0]);
        let steps = (fit.least_points() - 1) as f64;
        // From an end of the window, where a device allows nothing beyond. Levels are rounded to codes.
        let width = steps * (span / (self.points - 1) as f64).max(code) + code;
        let points = (steps * span / (fit.half_width - code)).ceil() + 1.0;
        let are_made = fit.half_width > (steps + 1.0) * code && points <= MOST_POINTS as f64;
        let or_points =
            if are_made { format!(", or {points} points or more") } else { String::new() };
        let of = if self.half_width.is_none() { " (4 % of sweep.window)" } else { "" };
        format!(
            "reference.half_width = {}{of} with reference.points = {}: the local fit of degree {} reaches {found} \
             different levels at {}, and needs {}; enough is a half_width of {} or more{or_points}",
            Volts(rounded_up(fit.half_width)),
            self.points,
            self.degree,
            Volts(level),
            fit.least_points(),
            Volts(rounded_up(width)),
        )
    }
}

/// To four digits, and not below.
fn rounded_up(volts: f64) -> f64 {
    let unit = 10_f64.powi(volts.log10().floor() as i32 - 3);
    let digits = (volts / unit - 1e-6).ceil();
    format!("{:.3e}", digits * unit).parse().unwrap_or(volts)
}

/// `"all"`, or a list of names.
fn methods<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Method>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "accepted is \"all\", or a list of estimators such as [\"forward\", \"abba\"]"
    )]
    enum Written {
        Word(String),
        List(Vec<String>),
    }
    let names = Method::ALL.map(|it| format!("\"{it}\"")).join(", ");
    match Written::deserialize(deserializer)? {
        Written::Word(word) if word == "all" => Ok(Method::ALL.to_vec()),
        Written::Word(_) => {
            Err(D::Error::custom(format!("accepted is \"all\", or a list of {names}")))
        }
        Written::List(list) => list
            .into_iter()
            .map(|name| {
                let known = Method::ALL.into_iter().find(|it| it.name() == name);
                known.ok_or_else(|| {
                    D::Error::custom(format!("\"{name}\" is no estimator: accepted are {names}"))
                })
            })
            .collect(),
    }
}

impl GradientExperiment {
    /// Reads a gradient experiment.
    ///
    /// # Errors
    /// The file cannot be read, asks something else, or holds what is not accepted.
    pub fn load(path: &Path) -> Result<GradientExperiment> {
        let experiment: GradientExperiment = load(path, Kind::Gradient)?;
        match experiment.contradiction() {
            Some(sentence) => Err(refused(&path.display().to_string(), sentence)),
            None => Ok(experiment),
        }
    }

    fn contradiction(&self) -> Option<String> {
        if self.draws == 0 {
            return Some("draws = 0: at least 1 is needed".to_owned());
        }
        let counts = [
            ("draws", self.draws, 1),
            ("sweep.points", self.sweep.points as u64, 5),
            ("sweep.sweeps", self.sweep.sweeps as u64, 1),
            ("reference.points", self.reference.points as u64, 20),
            ("reference.sweeps", self.reference.sweeps as u64, 2),
        ];
        if let Some((key, found, least)) = counts.into_iter().find(|it| it.1 > MOST_POINTS as u64) {
            return Some(format!("{key} = {found}: accepted is {least} to {MOST_POINTS}"));
        }
        self.sweep
            .contradiction()
            .or_else(|| self.reference.contradiction())
            .or_else(|| self.compare.as_ref().and_then(CompareConfig::contradiction))
    }
}

impl SweepConfig {
    fn contradiction(&self) -> Option<String> {
        if let Some([low, high]) = self.window
            && low >= high
        {
            return Some(format!(
                "sweep.window = [\"{low}\", \"{high}\"]: the lower level comes first"
            ));
        }
        if self.points < 5 {
            return Some(format!(
                "sweep.points = {}: at least 5 are needed to compare gradients",
                self.points
            ));
        }
        (self.sweeps == 0).then(|| "sweep.sweeps = 0: at least 1 is needed".to_owned())
    }
}

impl ReferenceConfig {
    fn contradiction(&self) -> Option<String> {
        if self.sweeps < 2 || !self.sweeps.is_multiple_of(2) {
            return Some(format!(
                "reference.sweeps = {}: an even number is needed, half before the slopes and half after",
                self.sweeps
            ));
        }
        if !(1..=LocalPolynomial::HIGHEST).contains(&self.degree) {
            return Some(format!(
                "reference.degree = {}: accepted are 1 to {}",
                self.degree,
                LocalPolynomial::HIGHEST
            ));
        }
        if let Some(half_width) = self.half_width.filter(|it| it.0 <= 0.0) {
            return Some(format!("reference.half_width = \"{half_width}\": it must be positive"));
        }
        (self.points < 20).then(|| {
            format!("reference.points = {}: at least 20 are needed for a dense sweep", self.points)
        })
    }
}

impl CompareConfig {
    fn contradiction(&self) -> Option<String> {
        if self.methods.is_empty() {
            return Some("compare.methods = []: name one, or \"all\"".to_owned());
        }
        let twice = |it: &&Method| self.methods.iter().filter(|other| other == it).count() > 1;
        if let Some(method) = self.methods.iter().find(twice) {
            return Some(format!("compare.methods names {method} twice"));
        }
        if self.operations.is_empty() || self.operations.contains(&0) {
            return Some(
                "compare.operations: a list of operations for each point, such as [2, 4, 8]"
                    .to_owned(),
            );
        }
        if let Some(found) = self.operations.iter().find(|it| **it > MOST_OPERATIONS) {
            return Some(format!(
                "compare.operations = {found}: accepted is 1 to {MOST_OPERATIONS}"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PAGE: &str = include_str!("../../../docs/gradient.md");

    /// The keys of the page's table of experiments, and whether each is needed.
    fn page() -> BTreeSet<String> {
        let (_, after) = PAGE.split_once("\n## The experiment file\n").unwrap();
        let section = after.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|it| it.strip_prefix("| `"));
        rows.map(|it| it.split('`').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_page_names_every_key_of_an_experiment_and_no_other() {
        let text = "kind = \"gradient\"\nname = \"t\"\nbench = \"b.toml\"\n\
                    gradient = { method = \"forward\", delta_v = \"auto\" }\n\
                    compare = { methods = \"all\", operations = [2], delta_v = \"auto\" }\n\
                    reference = { half_width = \"60 mV\" }\n\
                    sweep = { window = [\"-1 V\", \"1 V\"], points = 101, sweeps = 4 }";
        let experiment: GradientExperiment = toml::from_str(text).unwrap();
        let table = toml::Table::try_from(&experiment).unwrap();
        let mut ours = BTreeSet::new();
        for (key, value) in &table {
            match value.as_table() {
                Some(inner) if key != "gradient" => {
                    ours.extend(inner.keys().map(|it| format!("{key}.{it}")));
                    // Tables that may be left out as a whole have a line of their own.
                    ours.extend((key == "compare").then(|| key.clone()));
                }
                _ => _ = ours.insert(key.clone()),
            }
        }
        assert_eq!(page(), ours);
    }

    #[test]
    fn the_example_of_the_page_is_accepted() {
        let blocks = PAGE.split("```toml\n").skip(1).map(|it| it.split("```").next().unwrap());
        let mut wholes = blocks.filter(|it| it.starts_with("kind = ")).peekable();
        assert!(wholes.peek().is_some());
        for text in wholes {
            let experiment: GradientExperiment = toml::from_str(text).unwrap();
            assert_eq!(experiment.contradiction(), None);
        }
    }
}
