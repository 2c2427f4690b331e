use scpi_parser::reply::{self, ReplyError};
use transport::Session;

use crate::{
    Identity, ReadBack, Settings, Smu, SmuError,
    model::{Model, Setting},
    smu::State,
    units::{Amperes, Hertz, Seconds, Volts},
};

/// Errors read before giving up on an instrument whose queue does not end.
const MOST_ERRORS: usize = 20;
/// Relative difference that decimal replies of seven digits can have.
const REPLY_DIGITS: f64 = 1e-6;

impl Smu {
    /// Sets an instrument up; its output stays off.
    ///
    /// The settings are checked against the model before anything is sent. Then `*IDN?` is asked and
    /// compared, the instrument is reset, everything is set, read back and compared, and its error
    /// queue must be empty. The compliance goes before the measure range, which some instruments
    /// narrow to it without a word.
    ///
    /// # Errors
    /// Settings that the model cannot take; another instrument; a setting that was not taken; an
    /// entry in the error queue; a link that fails.
    pub async fn configure(
        name: &str,
        session: Session,
        model: Model,
        settings: Settings,
    ) -> Result<Smu, SmuError> {
        settings.check(&model)?;
        let resolution =
            model.source_resolution(settings.source_range).unwrap_or(settings.source_range);
        let identity = Identity {
            maker: String::new(),
            model: String::new(),
            serial: String::new(),
            firmware: String::new(),
        };
        let read_back = ReadBack {
            source_range: Volts(0.0),
            compliance: Amperes(0.0),
            sense_range: Amperes(0.0),
            nplc: 0.0,
            line_frequency: Hertz(0.0),
            source_delay: Seconds(0.0),
            four_wire: false,
        };
        let state = State::default();
        let mut smu = Smu {
            name: name.to_owned(),
            session,
            model,
            settings,
            identity,
            read_back,
            resolution,
            state,
        };
        smu.identity = smu.identify().await?;
        smu.prepare().await?;
        smu.read_back = smu.apply_settings().await?;
        smu.check_errors("configuration").await?;
        Ok(smu)
    }

    async fn identify(&self) -> Result<Identity, SmuError> {
        let pattern = &self.model.identity;
        let answer = self.ask(pattern.query.as_str()).await?;
        let answer = String::from_utf8_lossy(&answer).trim().to_owned();
        let mut fields = answer.splitn(4, ',').map(|it| it.trim().to_owned());
        let mut field = || fields.next().unwrap_or_default();
        let identity =
            Identity { maker: field(), model: field(), serial: field(), firmware: field() };
        if identity.maker != pattern.maker || identity.model != pattern.model {
            let expected = format!("{},{},…", pattern.maker, pattern.model);
            return Err(SmuError::WrongIdentity {
                smu: self.name.clone(),
                expected,
                found: answer,
            });
        }
        Ok(identity)
    }

    async fn prepare(&self) -> Result<(), SmuError> {
        for command in &self.model.operations.prepare {
            self.say(command.as_str()).await?;
        }
        self.check_errors("reset").await
    }

    async fn apply_settings(&self) -> Result<ReadBack, SmuError> {
        let (to, it) = (&self.settings, &self.model.settings);
        let four_wire = f64::from(u8::from(to.four_wire));
        let read_back = ReadBack {
            source_range: Volts(
                self.set("source_range", &it.source_range, to.source_range.0).await?,
            ),
            compliance: Amperes(self.set("compliance", &it.compliance, to.compliance.0).await?),
            sense_range: Amperes(self.set("sense_range", &it.sense_range, to.sense_range.0).await?),
            nplc: self.set("nplc", &it.nplc, to.nplc).await?,
            line_frequency: Hertz(
                self.set("line_frequency", &it.line_frequency, to.line_frequency.0).await?,
            ),
            source_delay: Seconds(
                self.set("source_delay", &it.source_delay, to.source_delay.0).await?,
            ),
            four_wire: self.set("four_wire", &it.four_wire, four_wire).await? != 0.0,
        };
        // What was set later may have changed it: some instruments couple it to the ranges.
        self.verify_setting("compliance", &it.compliance, to.compliance.0).await?;
        Ok(read_back)
    }

    /// Sends a setting, reads it back and compares.
    async fn set(&self, key: &'static str, setting: &Setting, value: f64) -> Result<f64, SmuError> {
        self.say(&setting.set.with_number(value)).await?;
        self.verify_setting(key, setting, value).await
    }

    async fn verify_setting(
        &self,
        key: &'static str,
        setting: &Setting,
        value: f64,
    ) -> Result<f64, SmuError> {
        let command = setting.get.as_str();
        let answer = self.ask(command).await?;
        let unreadable = |source| self.unreadable(command, source);
        let number = reply::number(&answer).map_err(unreadable)?;
        let found = number.value().unwrap_or(f64::NAN);
        let same =
            |factor: &f64| (found - value * factor).abs() <= REPLY_DIGITS * (value * factor).abs();
        if !setting.answers.iter().any(same) {
            self.check_errors("configuration").await?;
            return Err(SmuError::ReadBack { smu: self.name.clone(), key, expected: value, found });
        }
        Ok(found)
    }

    pub(crate) fn unreadable(&self, command: &str, source: ReplyError) -> SmuError {
        SmuError::Reply { smu: self.name.clone(), command: command.to_owned(), source }
    }

    pub(crate) fn reported(&self, after: &'static str, errors: Vec<(i32, String)>) -> SmuError {
        SmuError::Reported { smu: self.name.clone(), after, errors }
    }

    /// Reads the error queue until it is empty; it must have been.
    pub(crate) async fn check_errors(&self, after: &'static str) -> Result<(), SmuError> {
        let errors = self.queued_errors().await?;
        if errors.is_empty() { Ok(()) } else { Err(self.reported(after, errors)) }
    }

    /// Reads the error queue until it is empty.
    pub(crate) async fn queued_errors(&self) -> Result<Vec<(i32, String)>, SmuError> {
        let mut errors = Vec::new();
        let command = self.model.operations.next_error.as_str();
        while errors.len() < MOST_ERRORS {
            let answer = self.ask(command).await?;
            let entry =
                reply::error_entry(&answer).map_err(|source| self.unreadable(command, source))?;
            if entry.0 == 0 {
                break;
            }
            errors.push(entry);
        }
        Ok(errors)
    }
}
