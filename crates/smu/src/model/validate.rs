//! What an instrument file must be beyond its schema.

use std::collections::BTreeSet;

use super::schema::{Element, Model, SettingKey};
use crate::template::{Placeholder, Template};

/// A key, and what is wrong with its value.
type Refusal = (&'static str, String);

impl Model {
    pub(crate) fn validate(&self) -> Result<(), Refusal> {
        self.ranges_are_in_order()?;
        self.limits_are_possible()?;
        self.readings_can_be_decoded()?;
        self.words_are_all_there()?;
        self.commands_take_what_they_are_given()?;
        self.pairing.validate()
    }

    fn ranges_are_in_order(&self) -> Result<(), Refusal> {
        let source: Vec<_> = self.source.ranges.iter().map(|it| it.0.0).collect();
        let sense: Vec<_> = self.sense.ranges.iter().map(|it| it.0).collect();
        for (key, ranges) in [("source.ranges", &source), ("sense.ranges", &sense)] {
            if ranges.is_empty() || ranges[0] <= 0.0 || ranges.windows(2).any(|it| it[0] >= it[1]) {
                return Err((key, "at least one range above zero, in rising order".to_owned()));
            }
        }
        for (range, resolution) in &self.source.ranges {
            let codes = 1.0 / resolution.0;
            let whole = codes >= 0.5 && (codes - codes.round()).abs() < 1e-9 * codes;
            if !whole || resolution.0 <= 0.0 || resolution >= range {
                let reason = format!(
                    "resolution {resolution} is not above zero, below its range {range}, and a whole \
                     part of 1 V"
                );
                return Err(("source.ranges", reason));
            }
        }
        for (key, value) in [
            ("source.over_range", self.source.over_range),
            ("sense.over_range", self.sense.over_range),
        ] {
            if !(1.0..2.0).contains(&value) {
                return Err((key, format!("{value} is not from 1 to 2")));
            }
        }
        Ok(())
    }

    fn limits_are_possible(&self) -> Result<(), Refusal> {
        if !(self.nplc[0] > 0.0 && self.nplc[0] < self.nplc[1] && self.nplc[1].is_finite()) {
            return Err(("nplc", "two numbers above zero, the smaller first".to_owned()));
        }
        if self.list.per_command == 0 || self.list.per_command > self.list.most {
            return Err(("list.per_command", format!("from 1 to list.most = {}", self.list.most)));
        }
        if self.compliance.least.0 <= 0.0 || self.compliance.least >= self.compliance.most {
            return Err(("compliance.least", "above zero and below compliance.most".to_owned()));
        }
        let share = self.compliance.least_share_of_sense_range;
        if !(0.0..=1.0).contains(&share) {
            let reason = format!("{share} is not from 0 to 1");
            return Err(("compliance.least_share_of_sense_range", reason));
        }
        self.times_are_possible()
    }

    fn times_are_possible(&self) -> Result<(), Refusal> {
        let it = &self.timing;
        for (key, reading) in [("timing.auto_zeroed", &it.auto_zeroed), ("timing.plain", &it.plain)]
        {
            for conversions in [reading.conversions, reading.with_voltage] {
                if !(conversions.is_finite() && conversions > 0.0) {
                    let reason = format!("{conversions} conversions are not a number above zero");
                    return Err((key, reason));
                }
            }
            if reading.overhead.0 < 0.0 {
                return Err((key, format!("overhead {} is below 0 s", reading.overhead)));
            }
        }
        for (key, time) in [
            ("timing.conversion_overhead", it.conversion_overhead),
            ("timing.longest_source_delay", it.longest_source_delay),
        ] {
            if time.0 < 0.0 {
                return Err((key, format!("{time} is below 0 s")));
            }
        }
        Ok(())
    }

    fn readings_can_be_decoded(&self) -> Result<(), Refusal> {
        let layouts = [("readings.elements", Some(&self.readings.elements), &NEEDED[1..])]
            .into_iter()
            .chain([("readings.with_voltage", self.readings.with_voltage.as_ref(), &NEEDED[..])]);
        for (key, elements, needed) in layouts {
            let Some(elements) = elements else { continue };
            let once = |it: &Element| elements.iter().filter(|other| it == *other).count() == 1;
            let timed =
                once(&Element::Time) != (once(&Element::Seconds) && once(&Element::Fraction));
            if !timed || !needed.iter().all(once) {
                let voltage = if needed.len() == NEEDED.len() { "voltage, " } else { "" };
                let time = "time (or seconds and fraction)";
                return Err((key, format!("{voltage}current, {time} and status, once each")));
            }
        }
        if self.readings.with_voltage.is_some() != self.operations.measure_voltage.is_some() {
            let reason = "stands in a file that has operations.measure_voltage, and only there";
            return Err(("readings.with_voltage", reason.to_owned()));
        }
        if let Some(binary) = &self.binary
            && !matches!(binary.layout.width, 4 | 8)
        {
            return Err((
                "binary.layout",
                format!("width {} is neither 4 nor 8", binary.layout.width),
            ));
        }
        let bits = self.readings.in_compliance.iter().chain(&self.readings.overflow);
        if self.readings.in_compliance.is_empty() || bits.clone().any(|it| *it > 31) {
            return Err((
                "readings.in_compliance",
                "bit numbers from 0 to 31, at least one".to_owned(),
            ));
        }
        Ok(())
    }

    fn words_are_all_there(&self) -> Result<(), Refusal> {
        if self.channels == 0 {
            return Err(("channels", "at least 1".to_owned()));
        }
        if self.identity.makers.is_empty() {
            return Err(("identity.makers", "at least one".to_owned()));
        }
        let order: BTreeSet<_> = self.settings.order.iter().map(|it| it.name()).collect();
        if order.len() != SettingKey::ALL.len() || self.settings.order.len() != order.len() {
            let all: Vec<_> = SettingKey::ALL.iter().map(|it| it.name()).collect();
            return Err(("settings.order", format!("{}, once each", all.join(", "))));
        }
        Ok(())
    }

    fn commands_take_what_they_are_given(&self) -> Result<(), Refusal> {
        use Placeholder::{Count, Level, Levels, Start, Stop, Value};
        let it = &self.operations;
        let operations: [(_, &Template, &[_], bool); 13] = [
            ("operations.next_error", &it.next_error, &[], true),
            ("operations.event_status", &it.event_status, &[], true),
            ("operations.output_on", &it.output_on, &[], false),
            ("operations.output_off", &it.output_off, &[], false),
            ("operations.output_state", &it.output_state, &[], true),
            ("operations.abort", &it.abort, &[], false),
            ("operations.level", &it.level, &[Level], false),
            ("operations.read", &it.read, &[], true),
            ("operations.list", &it.list, &[Levels], false),
            ("operations.list_append", &it.list_append, &[Levels], false),
            ("operations.start", &it.start, &[], false),
            ("operations.fetch", &it.fetch, &[], true),
            ("identity.query", &self.identity.query, &[], true),
        ];
        for (key, template, needed, query) in operations {
            let spare: &[_] = if key == "operations.fetch" { &[Count] } else { &[] };
            self.expects(key, template, needed, spare, query)?;
        }
        // They follow another command in one message, and a relative header would mean another.
        let following = [
            ("operations.next_error", &it.next_error),
            ("operations.read", &it.read),
            ("operations.fetch", &it.fetch),
        ];
        let sweep = it.sweep.iter().map(|it| ("operations.sweep", it));
        for (key, template) in following.into_iter().chain(sweep) {
            if !template.as_str().starts_with([':', '*']) {
                return Err((key, format!("`{}` must begin with : or *", template.as_str())));
            }
        }
        if let Some(sweep) = &it.sweep {
            self.expects("operations.sweep", sweep, &[], &[Count], true)?;
        }
        if let Some(language) = &self.identity.language {
            self.expects("identity.language", &language.query, &[], &[], true)?;
        }
        let none = [];
        let some = |it: &'_ Option<crate::template::Commands>| it.clone().unwrap_or_default().0;
        let (voltage, zero) = (some(&it.measure_voltage), some(&it.zero_once));
        let staircase = self.staircase.as_ref();
        let lists: [(_, &[Template], &[_], &[_]); 10] = [
            ("operations.prepare", &it.prepare.0, &[], &[]),
            ("operations.prepare_channel", &it.prepare_channel.0, &[], &[]),
            ("operations.measure_voltage", &voltage, &[], &[]),
            ("operations.zero_once", &zero, &[], &[]),
            ("operations.list_mode", &it.list_mode.0, &[], &[]),
            ("operations.fixed_mode", &it.fixed_mode.0, &[], &[]),
            ("operations.count", &it.count.0, &[Count], &[]),
            ("staircase.mode", staircase.map_or(&none, |it| &it.mode.0), &[], &[]),
            (
                "staircase.levels",
                staircase.map_or(&none, |it| &it.levels.0),
                &[Start, Stop],
                &[Count],
            ),
            ("binary.prepare", self.binary.as_ref().map_or(&none, |it| &it.prepare.0), &[], &[]),
        ];
        for (key, templates, needed, spare) in lists {
            let missing = |it: &&Placeholder| {
                !templates.iter().any(|one| one.placeholders().any(|other| other == **it))
            };
            if let Some(missing) = needed.iter().find(missing)
                && !(key.starts_with("staircase") && staircase.is_none())
            {
                return Err((key, format!("one of its commands must hold {{{}}}", missing.name())));
            }
            let spare: Vec<_> = needed.iter().chain(spare).copied().collect();
            for template in templates {
                self.expects(key, template, &[], &spare, false)?;
            }
        }
        let it = &self.settings;
        for key in SettingKey::ALL {
            let (key, setting) = (SETTINGS[key as usize], it.get(key));
            if let Some(set) = &setting.set {
                self.expects(key, set, &[Value], &[], false)?;
            }
            self.expects(key, &setting.get, &[], &[], true)?;
            let factor = |it: &f64| it.is_finite() && *it > 0.0;
            if setting.answers.is_empty() || !setting.answers.iter().all(factor) {
                return Err((key, "answers are factors above zero, at least one".to_owned()));
            }
        }
        self.choices_take_what_they_are_given()
    }

    fn choices_take_what_they_are_given(&self) -> Result<(), Refusal> {
        use Placeholder::Value;
        let it = &self.settings;
        let filter = it.filter.as_ref();
        let numbers = filter.map(|it| [&it.count, &it.state]).into_iter().flatten();
        let pairs = (it.auto_zero.iter().map(|it| ("settings.auto_zero", &it.set, &it.get)))
            .chain(
                it.output_off_mode.iter().map(|it| ("settings.output_off_mode", &it.set, &it.get)),
            )
            .chain(filter.map(|it| ("settings.filter", &it.kind.set, &it.kind.get)));
        for (key, set, get) in pairs {
            self.expects(key, set, &[Value], &[], false)?;
            self.expects(key, get, &[], &[], true)?;
        }
        for setting in numbers {
            if let Some(set) = &setting.set {
                self.expects("settings.filter", set, &[Value], &[], false)?;
            }
            self.expects("settings.filter", &setting.get, &[], &[], true)?;
        }
        Ok(())
    }

    /// Refuses a command that lacks a place of `needed`, holds one of neither list, or asks when it
    /// should not. The channel may stand anywhere.
    fn expects(
        &self,
        key: &'static str,
        template: &Template,
        needed: &[Placeholder],
        spare: &[Placeholder],
        query: bool,
    ) -> Result<(), Refusal> {
        let held: Vec<_> =
            template.placeholders().filter(|it| *it != Placeholder::Channel).collect();
        let known = |it: &Placeholder| needed.contains(it) || spare.contains(it);
        if !held.iter().all(known) || !needed.iter().all(|it| held.contains(it)) {
            let names = |list: &[Placeholder]| {
                list.iter().map(|it| format!("{{{}}}", it.name())).collect::<Vec<_>>().join(", ")
            };
            let wanted = match (needed, spare) {
                ([], []) => "must hold no placeholder".to_owned(),
                ([], _) => format!("may hold only {}", names(spare)),
                _ => format!("must hold {}", names(needed)),
            };
            return Err((key, format!("`{}` {wanted}", template.as_str())));
        }
        if template.queries() != usize::from(query) {
            let wanted = if query { "one query" } else { "a command without reply" };
            return Err((key, format!("`{}` must be {wanted}", template.as_str())));
        }
        Ok(())
    }
}

const NEEDED: [Element; 3] = [Element::Voltage, Element::Current, Element::Status];

/// The keys of [`SettingKey::ALL`], in its order.
const SETTINGS: [&str; 7] = [
    "settings.source_range",
    "settings.compliance",
    "settings.sense_range",
    "settings.nplc",
    "settings.line_frequency",
    "settings.source_delay",
    "settings.four_wire",
];
