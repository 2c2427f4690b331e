//! Calendar dates of simulated time.

/// What the clock shows when the instrument is switched on: 2026-01-01 00:00:00. A simulated
/// instrument knows no other date, so that two runs answer the same bytes.
pub(crate) const SWITCHED_ON: f64 = 1_767_225_600.0;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
}

impl Date {
    /// The moment `seconds` after the beginning of 1970.
    pub(crate) fn at(seconds: f64) -> Date {
        let whole = seconds.floor();
        let nanosecond = ((seconds - whole) * 1e9) as i64;
        let whole = whole as i64;
        let (days, rest) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
        // Days are counted in years that begin in March, so that a leap day comes last.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Date {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            nanosecond,
        }
    }

    /// The beginning of a day and a time in it, in seconds since 1970; `None` for no date.
    pub(crate) fn seconds(fields: [u32; 6]) -> Option<f64> {
        let [year, month, day, hour, minute, second] = fields.map(i64::from);
        let valid = (1970..=2100).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !valid {
            return None;
        }
        let from_march = (month + 9) % 12;
        let year = if month <= 2 { year - 1 } else { year };
        let days = 365 * year + year / 4 - year / 100 + year / 400 - 719_468;
        let days = days + (153 * from_march + 2) / 5 + day - 1;
        let seconds = (days * 86_400 + hour * 3600 + minute * 60 + second) as f64;
        // A 31st of April would be another day.
        (Date::at(seconds).day == day).then_some(seconds)
    }

    /// Year, month, day, hour, minute, second.
    pub(crate) fn fields(&self) -> [u32; 6] {
        let Date { year, month, day, hour, minute, second, .. } = *self;
        [year, month, day, hour, minute, second].map(|it| it as u32)
    }

    /// `2017/05/06 12:55:33.648`, as the event log has it.
    pub(crate) fn logged(&self) -> String {
        let Date { year, month, day, .. } = self;
        format!("{year:04}/{month:02}/{day:02} {}.{:03}", self.clock(), self.nanosecond / 1_000_000)
    }

    /// `05/06/2017`, as reading buffers have it.
    pub(crate) fn day(&self) -> String {
        format!("{:02}/{:02}/{:04}", self.month, self.day, self.year)
    }

    /// `12:55:33.648484000`.
    pub(crate) fn time(&self) -> String {
        format!("{}.{:09}", self.clock(), self.nanosecond)
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(Date::at(SWITCHED_ON).logged(), "2026/01/01 00:00:00.000");
        assert_eq!(Date::at(951_782_400.0).day(), "02/29/2000");
        assert_eq!(Date::at(0.25).time(), "00:00:00.250000000");
        for seconds in [0.0, 951_782_400.0, 1_767_225_661.0, 4_102_444_799.0] {
            let date = Date::at(seconds);
            assert_eq!(Date::seconds(date.fields()), Some(seconds));
        }
        assert_eq!(Date::seconds([2026, 13, 1, 0, 0, 0]), None);
        assert_eq!(Date::seconds([2026, 2, 29, 0, 0, 0]), None);
    }
}
