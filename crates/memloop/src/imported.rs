//! Measured curves in place of the simulated devices' laws.

mod file;

use std::path::{Path, PathBuf};

use anyhow::Result;
use firmware_sim::{Branch, Column, DeviceConfig, Preset, TableQuantity};
use smu::{
    Side,
    units::{Amperes, Volts},
};
use transport::Resource;

pub use self::file::CurveFile;
use crate::{bench::Bench, cli::GradientArgs, draw, exit::BadInput};

/// Of a curve's span: kept between its ends and the levels that are measured, for the steps.
const MARGIN: f64 = 0.05;
/// Above the curve's largest current, for mismatch and noise.
const HEADROOM: f64 = 1.25;
/// More rows than these are a dense sweep, whose slope between two neighbours is noise: the curve is
/// smoothed over this share of its span to either side.
const DENSE: usize = 200;
const SMOOTH: f64 = 0.05;

/// One curve for both devices of every pair, or one for each.
pub struct Imported {
    files: Vec<CurveFile>,
    branch: Branch,
    full_scale: Option<Amperes>,
}

impl Imported {
    /// The curves of the command line, read; `None` without any.
    ///
    /// # Errors
    /// More than two; a file that cannot be read or holds no curve, named with its line.
    pub fn of(args: &GradientArgs) -> Result<Option<Imported>> {
        if args.device.is_empty() {
            return Ok(None);
        }
        let refused = |sentence: String| Err(BadInput::new(sentence).into());
        if args.device.len() > 2 {
            return refused(format!(
                "--device is given {} times: once for both devices of a pair, twice for base and probe",
                args.device.len()
            ));
        }
        let branch = match args.branch.as_str() {
            "up" => Branch::Up,
            "down" => Branch::Down,
            _ => Branch::Mean,
        };
        let values = match args.values.as_deref() {
            None => None,
            Some("siemens") => Some(TableQuantity::Siemens),
            Some(_) => Some(TableQuantity::Amperes),
        };
        let full_scale = match &args.full_scale {
            None => None,
            Some(text) => Some(
                text.parse::<Amperes>()
                    .map_err(|error| BadInput::new(format!("--full-scale: {error}")))?,
            ),
        };
        if full_scale.is_some() && args.device.len() == 2 {
            return refused(
                "--full-scale scales one curve: two curves differ as they were measured".to_owned(),
            );
        }
        let read = |path: &PathBuf| CurveFile::read(path, values);
        let files = args.device.iter().map(read).collect::<Result<Vec<_>>>()?;
        for file in &files {
            file.check_current(full_scale)?;
            if file.is_cut {
                tell_of_cut(&file.path);
            }
        }
        for file in files.iter().filter(|it| it.is_guessed && it.looks_like_conductance()) {
            eprintln!(
                "{}: without a header its second column is read as amperes, but it has one sign on both sides of \
                 0 V: if these are conductances, add --values siemens",
                file.path.display()
            );
        }
        Ok(Some(Imported { files, branch, full_scale }))
    }

    /// The files, for the report.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|it| it.path.clone()).collect()
    }

    /// The levels that slopes are asked at: the experiment's, or what curves and windows leave.
    ///
    /// # Errors
    /// The experiment's window leaves a curve; nothing is left.
    pub fn window(&self, asked: Option<[Volts; 2]>, bench: &Bench) -> Result<[Volts; 2]> {
        let low = self.files.iter().map(|it| it.volts[0]).fold(f64::NEG_INFINITY, f64::max);
        let high = self.files.iter().map(|it| it.volts[1]).fold(f64::INFINITY, f64::min);
        if let Some([from, to]) = asked {
            if from.0 < low || to.0 > high {
                let sentence = format!(
                    "sweep.window = [\"{from}\", \"{to}\"] leaves the curve of {}, which goes from {} to {}",
                    self.files[0].path.display(),
                    Volts(low),
                    Volts(high)
                );
                return Err(BadInput::new(sentence).into());
            }
            return Ok([from, to]);
        }
        let windows = || bench.smu.iter().map(|it| bench.settings_of(it).window);
        let low = windows().map(|it| it.low.0).fold(low, f64::max);
        let high = windows().map(|it| it.high.0).fold(high, f64::min);
        let margin = MARGIN * (high - low);
        // A window that people would write: whole hundredths of a volt.
        let low = ((low + margin) * 100.0).ceil() / 100.0;
        let high = ((high - margin) * 100.0).floor() / 100.0;
        if low >= high {
            let sentence = format!(
                "the curve of {} and the windows of bench \"{}\" have no levels in common",
                self.files[0].path.display(),
                bench.name
            );
            return Err(BadInput::new(sentence).into());
        }
        Ok([Volts(low), Volts(high)])
    }

    /// Puts the curves on the terminals and widens or narrows sense ranges and compliances to them.
    ///
    /// # Errors
    /// An instrument is not simulated; a current beyond 1 A.
    pub fn put_on(&self, bench: &mut Bench, window: [Volts; 2]) -> Result<()> {
        draw::check(bench, "--device")?;
        for pair in bench.pair.clone() {
            for (side, name) in [(Side::Base, &pair.base), (Side::Probe, &pair.probe)] {
                let file = match side {
                    Side::Base => &self.files[0],
                    Side::Probe => self.files.last().unwrap_or(&self.files[0]),
                };
                self.put_one(bench, name, file, window)?;
            }
        }
        Ok(())
    }

    fn put_one(
        &self,
        bench: &mut Bench,
        name: &str,
        file: &CurveFile,
        window: [Volts; 2],
    ) -> Result<()> {
        let Some(at) = bench.smu.iter().position(|it| it.name == name) else { return Ok(()) };
        let range = self.range(file, window)?;
        let mut settings = bench.settings_of(&bench.smu[at]).clone();
        settings.sense_range = Amperes(range);
        // In whole nanoamperes, so that it is not a hair above what the range allows.
        settings.compliance = Amperes((1.05e9 * range).round() / 1e9);
        bench.smu[at].settings = Some(settings);
        let Resource::Simulated { name } = &bench.smu[at].resource else { return Ok(()) };
        let Some(config) = bench.simulated.get_mut(name) else { return Ok(()) };
        let device = self.device(file);
        if bench.smu[at].channel == 1 {
            config.device = device;
        } else {
            // As the simulator makes one where none is written: like the first.
            let like_first = firmware_sim::Dut { seed: None, ..config.dut(1) };
            let second = config.channel_2.get_or_insert_with(|| Box::new(like_first));
            second.device = device;
        }
        Ok(())
    }

    /// The smallest decade that holds the curve's currents.
    fn range(&self, file: &CurveFile, window: [Volts; 2]) -> Result<f64> {
        let largest = HEADROOM * file.largest_current(window.map(|it| it.0), self.full_scale);
        let decades = (-6..=0).map(|it| 10_f64.powi(it));
        decades
            .into_iter()
            .find(|it| largest <= *it)
            .ok_or_else(|| BadInput::new(too_large(file, largest / HEADROOM)).into())
    }

    fn device(&self, file: &CurveFile) -> DeviceConfig {
        let mut device = DeviceConfig::preset(Preset::Table);
        device.file = Some(file.path.clone());
        device.columns = Some(file.columns.map(|it| Column::Number(it + 1)));
        device.values = Some(file.quantity);
        device.branch = Some(self.branch);
        device.full_scale = self.full_scale.map(|it| firmware_sim::Amperes(it.0));
        let span = file.volts[1] - file.volts[0];
        device.smooth = (file.rows.len() > DENSE).then_some(firmware_sim::Volts(SMOOTH * span));
        device
    }
}

/// Tells people of a curve's file whose last number may be a part of one.
pub fn tell_of_cut(file: &Path) {
    eprintln!(
        "{}: the last line does not end with a line feed, so the file may be truncated; add one if it is whole",
        file.display()
    );
}

/// That a curve's largest current, A, is beyond every sense range, and what was meant perhaps.
fn too_large(file: &CurveFile, largest: f64) -> String {
    let scale = "--full-scale, such as --full-scale '60 uA', gives the current at +1 V";
    let (what, advice) = match file.quantity {
        TableQuantity::Siemens => {
            ("its conductances make a current", format!("where they have another unit, {scale}"))
        }
        _ if file.is_guessed && file.looks_like_conductance() => (
            "its second column, read as amperes, has one sign on both sides of 0 V as conductances have, and reaches",
            format!("add --values siemens; where the unit is another, {scale}"),
        ),
        _ if file.is_guessed => (
            "its second column, read as amperes, reaches",
            format!(
                "where it holds conductances, add --values siemens; where its unit is another, {scale}"
            ),
        ),
        _ => ("its currents reach", format!("where their unit is another, {scale}")),
    };
    let of = if file.quantity == TableQuantity::Siemens { "of " } else { "" };
    format!(
        "{}: {what} {of}{}, beyond every sense range (the largest is 1 A with a quarter of headroom): {advice}",
        file.path.display(),
        Amperes(rounded(largest))
    )
}

/// To three digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
