//! A measured curve from a file: comma-, semicolon- or white-space-separated columns, with or
//! without a header.

use std::path::Path;

use super::{Branch, Column, ConfigError, DeviceConfig, TableQuantity, smooth::smoothed};

/// Points of one curve, with rising voltages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    /// What `values` are.
    pub(crate) quantity: TableQuantity,
    pub(crate) volts: Vec<f64>,
    pub(crate) values: Vec<f64>,
    /// The last line has no line feed: its number may be a part of one.
    pub(crate) is_cut: bool,
}

/// A sweep has turned when the voltage has come back by this share of its whole range; less is
/// noise.
const TURN: f64 = 0.05;
/// Voltages that are closer than this share of the range are one voltage.
const SAME: f64 = 1e-9;

/// Voltages in volts with currents in amperes or conductances in siemens.
pub(super) type Points = Vec<(f64, f64)>;

/// Reads what `config` wants of the curve in `file`.
pub(super) fn load(file: &Path, config: &DeviceConfig) -> Result<Measured, ConfigError> {
    let name = file.display().to_string();
    let is_endless = std::fs::metadata(file).is_ok_and(|it| !it.is_file() && !it.is_dir());
    let text = match is_endless {
        true => {
            Err(std::io::Error::other("a device or a pipe may never end, a regular file is needed"))
        }
        false => std::fs::read_to_string(file),
    };
    let text = text.map_err(|source| ConfigError::Unreadable { file: name.clone(), source })?;
    parse(&text, config).map_err(|(line, message)| ConfigError::Refused {
        file: name,
        line,
        message,
    })
}

/// A line number from 1, and what is wrong there.
type Refusal = (usize, String);

fn parse(text: &str, config: &DeviceConfig) -> Result<Measured, Refusal> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_start_matches('\u{feff}').trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%']))
        .peekable();
    let Some(&(first, head)) = lines.peek() else {
        return Err((1, "the file has no points".to_owned()));
    };
    let names: Vec<&str> = cells(head).collect();
    let header = names.iter().any(|it| it.parse::<f64>().is_err());
    let names = if header { names } else { Vec::new() };
    if header {
        lines.next();
    }
    let (at, quantity) = columns(&names, config).map_err(|message| (first, message))?;
    let mut points = Vec::new();
    for (line, text) in lines {
        points.push((number(text, at[0], line)?, number(text, at[1], line)?));
    }
    curve(&points, config)
        .map(|curve| {
            let (volts, values) = curve.into_iter().unzip();
            Measured { quantity, volts, values, is_cut: !text.ends_with('\n') }
        })
        .map_err(|message| (first, message))
}

fn cells(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match [',', ';', '\t'].into_iter().find(|it| line.contains(*it)) {
        Some(separator) => Box::new(line.split(separator).map(|it| it.trim().trim_matches('"'))),
        None => Box::new(line.split_whitespace()),
    }
}

fn number(line: &str, column: usize, at: usize) -> Result<f64, Refusal> {
    let Some(cell) = cells(line).nth(column) else {
        return Err((at, format!("there is no column {}", column + 1)));
    };
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err((at, format!("\"{cell}\" in column {} is not a number", column + 1))),
    }
}

/// The names under which voltages, currents and conductances are exported.
const VOLTS: [&str; 7] = ["volts", "volt", "v", "voltage", "v_volt", "voltage_v", "bias"];
const AMPERES: [&str; 8] =
    ["amperes", "ampere", "amps", "a", "i", "current", "i_ampere", "current_a"];
const SIEMENS: [&str; 5] = ["siemens", "s", "g", "conductance", "conductance_s"];

/// `Voltage (V)` and `voltage_v` are one name.
fn plain(name: &str) -> String {
    let words: Vec<_> =
        name.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
    words.join("_").to_lowercase()
}

fn columns(names: &[&str], config: &DeviceConfig) -> Result<([usize; 2], TableQuantity), String> {
    let find = |accepted: &[&str]| names.iter().position(|it| accepted.contains(&&*plain(it)));
    let found = match &config.columns {
        Some([volts, values]) => [column(volts, names)?, column(values, names)?],
        None if names.is_empty() => [0, 1],
        None => {
            let volts = find(&VOLTS);
            let values = match config.values {
                Some(TableQuantity::Amperes) => find(&AMPERES),
                Some(TableQuantity::Siemens) => find(&SIEMENS),
                None => find(&AMPERES).or_else(|| find(&SIEMENS)),
            };
            let (Some(volts), Some(values)) = (volts, values) else {
                return Err(format!(
                    "the header \"{}\" names no `volts` with `amperes` or `siemens`: \
                     name them, or write device.columns",
                    names.join(",")
                ));
            };
            [volts, values]
        }
    };
    let named = names.get(found[1]).map(|it| plain(it));
    let siemens = named.is_some_and(|it| SIEMENS.contains(&&*it));
    let by_header = if siemens { TableQuantity::Siemens } else { TableQuantity::Amperes };
    Ok((found, config.values.unwrap_or(by_header)))
}

fn column(wanted: &Column, names: &[&str]) -> Result<usize, String> {
    match wanted {
        Column::Number(0) => Err("device.columns are counted from 1".to_owned()),
        Column::Number(number) => Ok(number - 1),
        Column::Name(name) => names.iter().position(|it| it == name).ok_or_else(|| {
            format!("there is no column \"{name}\" in the header \"{}\"", names.join(","))
        }),
    }
}

/// One curve out of a sweep.
fn curve(points: &[(f64, f64)], config: &DeviceConfig) -> Result<Points, String> {
    let low = points.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|it| it.0).fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    if points.len() < 2 || range <= 0.0 {
        return Err("a curve needs at least two voltages".to_owned());
    }
    let (up, down) = ways(points, TURN * range);
    let points = config.points.map(|it| it as usize);
    let bins = points.filter(|_| config.smooth.is_none());
    let clean = |way: Points| merged(way, low, range, bins);
    let (up, down) = (clean(up), clean(down));
    if let Some(half) = config.smooth {
        let ways: Vec<Points> = match config.branch.unwrap_or_default() {
            Branch::Up => vec![up],
            Branch::Down => vec![down],
            Branch::Mean => [up, down].into_iter().filter(|it| it.len() > 1).collect(),
        };
        return smoothed(&ways, half.0, points).map_err(str::to_owned);
    }
    let wanted = match config.branch.unwrap_or_default() {
        Branch::Up => up,
        Branch::Down => down,
        Branch::Mean if up.len() < 2 => down,
        Branch::Mean if down.len() < 2 => up,
        Branch::Mean => mean(&up, &down),
    };
    if wanted.len() < 2 {
        let branch = config.branch.unwrap_or_default();
        return Err(format!("the sweep has no branch {branch:?}").to_lowercase());
    }
    Ok(wanted)
}

/// Splits a sweep where it has turned by more than `turn` into points on the way up and down.
fn ways(points: &[(f64, f64)], turn: f64) -> (Points, Points) {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let first = points[0].0;
    let mut rising =
        points.iter().map(|it| it.0 - first).find(|it| it.abs() > turn).unwrap_or(1.0) > 0.0;
    let (mut start, mut extreme) = (0, 0);
    for (index, (volts, _)) in points.iter().enumerate() {
        let past = (volts - points[extreme].0) * if rising { 1.0 } else { -1.0 };
        if past >= 0.0 {
            extreme = index;
        } else if past < -turn {
            let way = if rising { &mut up } else { &mut down };
            way.extend_from_slice(&points[start..=extreme]);
            (start, extreme, rising) = (extreme, index, !rising);
        }
    }
    let way = if rising { &mut up } else { &mut down };
    way.extend_from_slice(&points[start..]);
    (up, down)
}

/// Sorted by voltage, with the mean of all points at one voltage or in one bin.
fn merged(mut way: Points, low: f64, range: f64, bins: Option<usize>) -> Points {
    way.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bin = |volts: f64| bins.map(|it| ((volts - low) / range * it as f64) as usize);
    let together = |a: &(f64, f64), b: &(f64, f64)| {
        b.0 - a.0 <= SAME * range || bins.is_some() && bin(a.0) == bin(b.0)
    };
    let groups = way.chunk_by(together);
    groups
        .map(|group| {
            let count = group.len() as f64;
            let sum = group.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            (sum.0 / count, sum.1 / count)
        })
        .collect()
}

/// The mean of two ways at every voltage of either that both cover.
fn mean(up: &[(f64, f64)], down: &[(f64, f64)]) -> Points {
    let inside =
        |way: &[(f64, f64)], volts: f64| way[0].0 <= volts && volts <= way[way.len() - 1].0;
    let mut all: Vec<f64> = up.iter().chain(down).map(|it| it.0).collect();
    all.retain(|it| inside(up, *it) && inside(down, *it));
    all.sort_by(f64::total_cmp);
    all.dedup();
    all.into_iter()
        .map(|volts| (volts, 0.5 * (between(up, volts) + between(down, volts))))
        .collect()
}

fn between(way: &[(f64, f64)], volts: f64) -> f64 {
    let above = way.partition_point(|it| it.0 < volts).clamp(1, way.len() - 1);
    let ((x0, y0), (x1, y1)) = (way[above - 1], way[above]);
    y0 + (y1 - y0) * (volts - x0) / (x1 - x0)
}
