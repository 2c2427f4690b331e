//! What an instrument file must be beyond its schema.

use crate::{
    model::{Element, Model},
    template::{Placeholder, Template},
};

/// A key, and what is wrong with its value.
type Refusal = (&'static str, String);

impl Model {
    pub(crate) fn validate(&self) -> Result<(), Refusal> {
        self.ranges_are_in_order()?;
        self.limits_are_possible()?;
        self.readings_can_be_decoded()?;
        self.commands_take_what_they_are_given()?;
        self.pairing.validate()
    }

    fn ranges_are_in_order(&self) -> Result<(), Refusal> {
        let source: Vec<_> = self.source.ranges.iter().map(|it| it.range.0).collect();
        let sense: Vec<_> = self.sense.ranges.iter().map(|it| it.0).collect();
        for (key, ranges) in [("source.ranges", &source), ("sense.ranges", &sense)] {
            if ranges.is_empty() || ranges[0] <= 0.0 || ranges.windows(2).any(|it| it[0] >= it[1]) {
                return Err((key, "at least one range above zero, in rising order".to_owned()));
            }
        }
        for it in &self.source.ranges {
            let codes = 1.0 / it.resolution.0;
            let whole = codes >= 0.5 && (codes - codes.round()).abs() < 1e-9 * codes;
            if !whole || it.resolution.0 <= 0.0 || it.resolution >= it.range {
                let reason = format!(
                    "resolution {} is not above zero, below its range {}, and a whole part of 1 V",
                    it.resolution, it.range
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
        if !(it.conversions.is_finite() && it.conversions > 0.0) {
            let reason = format!("{} is not a number above zero", it.conversions);
            return Err(("timing.conversions", reason));
        }
        for (key, time) in [
            ("timing.conversion_overhead", it.conversion_overhead),
            ("timing.point_overhead", it.point_overhead),
            ("timing.longest_source_delay", it.longest_source_delay),
        ] {
            if time.0 < 0.0 {
                return Err((key, format!("{time} is below 0 s")));
            }
        }
        Ok(())
    }

    fn readings_can_be_decoded(&self) -> Result<(), Refusal> {
        for needed in [Element::Current, Element::Time, Element::Status] {
            if self.readings.elements.iter().filter(|it| **it == needed).count() != 1 {
                return Err((
                    "readings.elements",
                    "current, time and status, once each".to_owned(),
                ));
            }
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

    fn commands_take_what_they_are_given(&self) -> Result<(), Refusal> {
        let it = &self.operations;
        use Placeholder::{Count, Level, Levels, Value};
        let operations = [
            ("operations.next_error", &it.next_error, None, true),
            ("operations.output_on", &it.output_on, None, false),
            ("operations.output_off", &it.output_off, None, false),
            ("operations.output_state", &it.output_state, None, true),
            ("operations.abort", &it.abort, None, false),
            ("operations.level", &it.level, Some(Level), false),
            ("operations.read", &it.read, None, true),
            ("operations.list", &it.list, Some(Levels), false),
            ("operations.list_append", &it.list_append, Some(Levels), false),
            ("operations.list_mode", &it.list_mode, None, false),
            ("operations.fixed_mode", &it.fixed_mode, None, false),
            ("operations.count", &it.count, Some(Count), false),
            ("operations.start", &it.start, None, false),
            ("operations.fetch", &it.fetch, None, true),
            ("identity.query", &self.identity.query, None, true),
        ];
        for (key, template, placeholder, query) in operations {
            expects(key, template, placeholder, query)?;
        }
        for template in &it.prepare {
            expects("operations.prepare", template, None, false)?;
        }
        let it = &self.settings;
        let settings = [
            ("settings.source_range", &it.source_range),
            ("settings.compliance", &it.compliance),
            ("settings.sense_range", &it.sense_range),
            ("settings.nplc", &it.nplc),
            ("settings.line_frequency", &it.line_frequency),
            ("settings.source_delay", &it.source_delay),
            ("settings.four_wire", &it.four_wire),
        ];
        for (key, setting) in settings {
            expects(key, &setting.set, Some(Value), false)?;
            expects(key, &setting.get, None, true)?;
            let factor = |it: &f64| it.is_finite() && *it > 0.0;
            if setting.answers.is_empty() || !setting.answers.iter().all(factor) {
                return Err((key, "answers are factors above zero, at least one".to_owned()));
            }
        }
        Ok(())
    }
}

fn expects(
    key: &'static str,
    template: &Template,
    placeholder: Option<Placeholder>,
    query: bool,
) -> Result<(), Refusal> {
    if template.placeholder() != placeholder {
        let wanted = match placeholder {
            None => "no placeholder".to_owned(),
            Some(it) => format!("{{{}}}", format!("{it:?}").to_lowercase()),
        };
        return Err((key, format!("`{}` must hold {wanted}", template.as_str())));
    }
    if template.queries() != usize::from(query) {
        let wanted = if query { "one query" } else { "a command without reply" };
        return Err((key, format!("`{}` must be {wanted}", template.as_str())));
    }
    Ok(())
}
