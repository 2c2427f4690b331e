use serde::{Deserialize, Serialize};

use crate::{
    AutoZero, Filter, Limits, Model, OutputOffMode, SmuError,
    model::{FilterCommands, SettingKey},
    units::{Amperes, Hertz, Seconds, Volts, VoltsPerSecond},
};

/// Switching off may not take longer: slower is a slip of the pen.
const LONGEST_RAMP: Seconds = Seconds(3600.0);

/// The levels that a device may see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[Volts; 2]", into = "[Volts; 2]")]
pub struct Window {
    /// The lowest.
    pub low: Volts,
    /// The highest.
    pub high: Volts,
}

impl From<[Volts; 2]> for Window {
    fn from([low, high]: [Volts; 2]) -> Self {
        Window { low, high }
    }
}

impl From<Window> for [Volts; 2] {
    fn from(window: Window) -> Self {
        [window.low, window.high]
    }
}

impl Window {
    /// Whether a level in volts may be sent. Not-a-number may not.
    pub fn contains(&self, level: f64) -> bool {
        level >= self.low.0 && level <= self.high.0
    }
}

/// What a channel is set to for one device.
///
/// Nothing that decides what the device sees has a default. What may be left out is how the
/// instrument measures, and stays as its reset leaves it: auto-zero on where there is one, no filter,
/// the normal output-off mode, the voltage not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The source's fixed range; one of the model's.
    pub source_range: Volts,
    /// The current measurement's fixed range; one of the model's.
    pub sense_range: Amperes,
    /// The current limit while sourcing voltage.
    pub compliance: Amperes,
    /// Integration time in power-line cycles.
    pub nplc: f64,
    /// The mains that the integration time follows.
    pub line_frequency: Hertz,
    /// From the level to the measurement, in the instrument.
    pub source_delay: Seconds,
    /// Remote sense.
    pub four_wire: bool,
    /// The levels that the device may see.
    pub window: Window,
    /// How fast a level may go to zero at the end.
    pub ramp: VoltsPerSecond,
    /// What the device may not be exposed to, beyond window and compliance. Absent: nothing more.
    #[serde(default, skip_serializing_if = "is_none")]
    pub limits: Limits,
    /// What the device needs to relax after a level, besides `source_delay`; waited for in the
    /// instrument. Absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle: Option<Seconds>,
    /// Measures the voltage at the terminals too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measure_voltage: bool,
    /// When the converter measures its own zero. Absent: as after a reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_zero: Option<AutoZero>,
    /// What is on the terminals while the output is off. Absent: as after a reset, normal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_off_mode: Option<OutputOffMode>,
    /// Averages in the instrument. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
}

impl Settings {
    /// Refuses what `model` cannot do, before anything is sent.
    ///
    /// # Errors
    /// The first setting that is not accepted, with what would be.
    pub fn check(&self, model: &Model) -> Result<(), SmuError> {
        self.check_ranges(model)?;
        self.check_compliance(model)?;
        self.check_timing(model)?;
        self.check_options(model)?;
        self.check_window(model)?;
        self.limits.check(self)
    }

    /// From a level to its measurement, s.
    pub(crate) fn delay(&self) -> f64 {
        self.source_delay.0 + self.settle.map_or(0.0, |it| it.0)
    }

    /// What the instrument is sent for a setting.
    pub(crate) fn number(&self, key: SettingKey) -> f64 {
        match key {
            SettingKey::SourceRange => self.source_range.0,
            SettingKey::Compliance => self.compliance.0,
            SettingKey::SenseRange => self.sense_range.0,
            SettingKey::Nplc => self.nplc,
            SettingKey::LineFrequency => self.line_frequency.0,
            SettingKey::SourceDelay => self.delay(),
            SettingKey::FourWire => f64::from(u8::from(self.four_wire)),
        }
    }

    fn check_ranges(&self, model: &Model) -> Result<(), SmuError> {
        let sources: Vec<_> = model.source.ranges.iter().map(|it| it.0).collect();
        if !sources.contains(&self.source_range) {
            return Err(refused("source_range", self.source_range, one_of(&sources)));
        }
        if !model.sense.ranges.contains(&self.sense_range) {
            return Err(refused("sense_range", self.sense_range, one_of(&model.sense.ranges)));
        }
        Ok(())
    }

    fn check_compliance(&self, model: &Model) -> Result<(), SmuError> {
        let share = model.compliance.least_share_of_sense_range;
        let least = full_scale(self.sense_range.0, share).max(model.compliance.least.0);
        let most =
            model.compliance.most.0.min(full_scale(self.sense_range.0, model.sense.over_range));
        if !(least..=most).contains(&self.compliance.0) {
            let accepted = format!(
                "{} to {} with sense_range {}",
                Amperes(least),
                Amperes(most),
                self.sense_range
            );
            return Err(refused("compliance", self.compliance, accepted));
        }
        Ok(())
    }

    fn check_timing(&self, model: &Model) -> Result<(), SmuError> {
        let [least, most] = model.nplc;
        if !(least..=most).contains(&self.nplc) {
            return Err(refused("nplc", self.nplc, format!("{least} to {most}")));
        }
        if self.line_frequency != Hertz(50.0) && self.line_frequency != Hertz(60.0) {
            return Err(refused(
                "line_frequency",
                self.line_frequency,
                "50 Hz or 60 Hz".to_owned(),
            ));
        }
        if !(0.0..=model.timing.longest_source_delay.0).contains(&self.source_delay.0) {
            let accepted = format!("0 s to {}", model.timing.longest_source_delay);
            return Err(refused("source_delay", self.source_delay, accepted));
        }
        let longest = Seconds(model.timing.longest_source_delay.0 - self.source_delay.0);
        if let Some(settle) = self.settle
            && !(0.0..=longest.0).contains(&settle.0)
        {
            let accepted = format!("0 s to {longest} with source_delay {}", self.source_delay);
            return Err(refused("settle", settle, accepted));
        }
        Ok(())
    }

    fn check_options(&self, model: &Model) -> Result<(), SmuError> {
        let has = &model.settings;
        if self.measure_voltage && model.readings.with_voltage.is_none() {
            return Err(refused("measure_voltage", true, "false: this model cannot".to_owned()));
        }
        if let Some(asked) = self.auto_zero {
            let words = has.auto_zero.iter().flat_map(|it| it.words.keys().copied());
            let once = model.operations.zero_once.as_ref().map(|_| AutoZero::Once);
            one_of_those("auto_zero", asked, words.chain(once))?;
        }
        if let Some(asked) = self.output_off_mode {
            let words = has.output_off_mode.iter().flat_map(|it| it.words.keys().copied());
            one_of_those("output_off_mode", asked, words)?;
        }
        match (self.filter, &has.filter) {
            (None, _) => Ok(()),
            (Some(asked), Some(commands)) => check_filter(asked, commands),
            (Some(asked), None) => Err(refused("filter", asked.kind, absent())),
        }
    }

    fn check_window(&self, model: &Model) -> Result<(), SmuError> {
        let Window { low, high } = self.window;
        let shown = format!("[\"{low}\", \"{high}\"]");
        if !(low.0 <= 0.0 && high.0 >= 0.0 && low < high) {
            let accepted = "two levels, the lower first, with 0 V between: outputs rest there";
            return Err(refused("window", shown, accepted.to_owned()));
        }
        let top = Volts(full_scale(self.source_range.0, model.source.over_range));
        if low.0 < -top.0 || high.0 > top.0 {
            let accepted = format!("levels within ±{top} with source_range {}", self.source_range);
            return Err(refused("window", shown, accepted));
        }
        if !(self.ramp.0.is_finite() && self.ramp.0 > 0.0) {
            return Err(refused("ramp", self.ramp, "a rate above 0 V/s".to_owned()));
        }
        let slowest = high.0.max(-low.0) / LONGEST_RAMP.0;
        if self.ramp.0 < slowest {
            let accepted = format!(
                "at least {}, which takes the window's end to 0 V in {LONGEST_RAMP}",
                VoltsPerSecond(slowest)
            );
            return Err(refused("ramp", self.ramp, accepted));
        }
        Ok(())
    }
}

fn is_none(limits: &Limits) -> bool {
    *limits == Limits::default()
}

/// A share of a range, or the range with its over-range, rounded to the digits that people write: 105 uA, not
/// 105.00000000000001 uA.
fn full_scale(range: f64, over_range: f64) -> f64 {
    let product = range * over_range;
    format!("{product:.12e}").parse().unwrap_or(product)
}

fn check_filter(asked: Filter, commands: &FilterCommands) -> Result<(), SmuError> {
    one_of_those("filter.kind", asked.kind, commands.kind.words.keys().copied())?;
    if !(1..=commands.most).contains(&asked.count) {
        return Err(refused("filter.count", asked.count, format!("1 to {}", commands.most)));
    }
    Ok(())
}

fn one_of_those<T: PartialEq + ToString>(
    key: &'static str,
    asked: T,
    accepted: impl Iterator<Item = T>,
) -> Result<(), SmuError> {
    let accepted: Vec<_> = accepted.collect();
    if accepted.contains(&asked) {
        return Ok(());
    }
    Err(refused(key, asked, if accepted.is_empty() { absent() } else { one_of(&accepted) }))
}

fn absent() -> String {
    "nothing: this model has no such setting".to_owned()
}

fn refused(key: &'static str, found: impl ToString, accepted: String) -> SmuError {
    SmuError::Setting { key, found: found.to_string(), accepted }
}

fn one_of<T: ToString>(values: &[T]) -> String {
    let texts: Vec<_> = values.iter().map(T::to_string).collect();
    format!("one of {}", texts.join(", "))
}
