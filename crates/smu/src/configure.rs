use scpi_parser::reply;
use transport::Session;

use crate::{
    AutoZero, Blocks, Carries, Instrument, Model, ReadBack, Settings, Smu, SmuError,
    model::{Block, Choice, Setting, SettingKey},
    smu::State,
    template::{Value, Values},
};

/// Relative difference that decimal replies of seven digits can have.
const REPLY_DIGITS: f64 = 1e-6;

impl Smu {
    /// Opens a single-channel instrument and configures its channel.
    ///
    /// # Errors
    /// As for [`Instrument::open`] and [`Smu::configure`]; settings that the model cannot take are
    /// refused before anything is sent.
    pub async fn open(
        name: &str,
        session: Session,
        model: Model,
        settings: Settings,
    ) -> Result<Smu, SmuError> {
        Smu::open_over(name, session, model, Carries::default(), settings).await
    }

    /// As [`Smu::open`], over a link whose traits are known.
    ///
    /// # Errors
    /// As for [`Smu::open`].
    pub async fn open_over(
        name: &str,
        session: Session,
        model: Model,
        carries: Carries,
        settings: Settings,
    ) -> Result<Smu, SmuError> {
        settings.check(&model)?;
        let instrument = Instrument::open_over(name, session, model, carries).await?;
        Smu::configure(name, &instrument, 1, settings).await
    }

    /// Sets a channel up; its output stays off.
    ///
    /// The settings are checked against the model before anything is sent. Then everything is set,
    /// read back and compared, and the error queue must be empty. Compliance and ranges are set in
    /// the order that the model needs, and compared once more at the end: some instruments change
    /// one with the other without a word.
    ///
    /// # Errors
    /// Settings that the model cannot take, a channel that it has not; a setting that was not taken;
    /// an entry in the error queue; a link that fails.
    pub async fn configure(
        name: &str,
        instrument: &Instrument,
        channel: usize,
        settings: Settings,
    ) -> Result<Smu, SmuError> {
        let model = instrument.model();
        model.check_channel(channel)?;
        settings.check(model)?;
        let resolution =
            model.source_resolution(settings.source_range).unwrap_or(settings.source_range);
        let mut smu = Smu {
            name: name.to_owned(),
            instrument: instrument.clone(),
            channel,
            settings,
            read_back: ReadBack::none(),
            resolution,
            state: State::default(),
            unanswered_bytes: Default::default(),
            exposure: Default::default(),
            seen_off: Default::default(),
            epoch: instrument.epoch(),
        };
        smu.set_up().await?;
        Ok(smu)
    }

    /// Sets up a channel of an instrument that has been reset.
    pub(crate) async fn set_up(&mut self) -> Result<(), SmuError> {
        self.state = State::default();
        let (values, operations) = (self.values(), &self.file().operations);
        self.tell(&operations.prepare_channel, &values).await?;
        if let (true, Some(commands)) = (self.settings.measure_voltage, &operations.measure_voltage)
        {
            self.tell(commands, &values).await?;
        }
        self.read_back = self.apply_settings().await?;
        self.apply_options().await?;
        if self.binary_block().is_some()
            && let Some(binary) = &self.file().binary
        {
            self.tell(&binary.prepare, &values).await?;
        }
        self.check_errors("configuration").await
    }

    /// The kind of block that readings come in; `None` when they come as text.
    pub(crate) fn binary_block(&self) -> Option<Block> {
        let block = self.file().binary.as_ref()?.layout.block;
        let least = match block {
            Block::Definite => Blocks::Definite,
            Block::Indefinite => Blocks::Any,
        };
        (self.instrument.carries().blocks >= least).then_some(block)
    }

    async fn apply_settings(&self) -> Result<ReadBack, SmuError> {
        let it = &self.file().settings;
        let mut read_back = ReadBack::none();
        for key in &it.order {
            let found = self.set(key.name(), it.get(*key), self.settings.number(*key)).await?;
            read_back.note(*key, found);
        }
        // What was set later may have changed it: some instruments couple it to the ranges.
        let compliance = it.order.iter().position(|it| *it == SettingKey::Compliance);
        let sense_range = it.order.iter().position(|it| *it == SettingKey::SenseRange);
        let key = SettingKey::Compliance;
        self.verify_setting(key.name(), it.get(key), self.settings.number(key)).await?;
        if compliance > sense_range {
            let key = SettingKey::SenseRange;
            self.verify_setting(key.name(), it.get(key), self.settings.number(key)).await?;
        }
        Ok(read_back)
    }

    /// What has a default: only what the settings name is sent, anything else is as after a reset.
    async fn apply_options(&self) -> Result<(), SmuError> {
        let it = &self.file().settings;
        if let (Some(asked), Some(choice)) = (self.auto_zero_state(), &it.auto_zero) {
            self.choose("auto_zero", choice, asked).await?;
        }
        if let (Some(filter), Some(commands)) = (self.settings.filter, &it.filter) {
            self.choose("filter.kind", &commands.kind, filter.kind).await?;
            self.set("filter.count", &commands.count, filter.count as f64).await?;
            self.set("filter", &commands.state, 1.0).await?;
        }
        if let (Some(mode), Some(choice)) = (self.settings.output_off_mode, &it.output_off_mode) {
            self.choose("output_off_mode", choice, mode).await?;
        }
        Ok(())
    }

    /// The standing state of auto-zero: "once" is an act, and off in between.
    fn auto_zero_state(&self) -> Option<AutoZero> {
        self.settings.auto_zero.map(|it| if it == AutoZero::Once { AutoZero::Off } else { it })
    }

    /// Reads back and compares everything that [`Smu::configure`] set.
    pub(crate) async fn verify_settings(&self) -> Result<(), SmuError> {
        let it = &self.file().settings;
        for key in &it.order {
            self.verify_setting(key.name(), it.get(*key), self.settings.number(*key)).await?;
        }
        if let (Some(asked), Some(choice)) = (self.auto_zero_state(), &it.auto_zero) {
            self.verify_choice("auto_zero", choice, asked).await?;
        }
        if let (Some(filter), Some(commands)) = (self.settings.filter, &it.filter) {
            self.verify_choice("filter.kind", &commands.kind, filter.kind).await?;
            self.verify_setting("filter.count", &commands.count, filter.count as f64).await?;
            self.verify_setting("filter", &commands.state, 1.0).await?;
        }
        if let (Some(mode), Some(choice)) = (self.settings.output_off_mode, &it.output_off_mode) {
            self.verify_choice("output_off_mode", choice, mode).await?;
        }
        Ok(())
    }

    /// Sends a setting, reads it back and compares.
    async fn set(&self, key: &'static str, setting: &Setting, value: f64) -> Result<f64, SmuError> {
        if let Some(set) = &setting.set {
            let values = Values { value: Value::Number(value), ..self.values() };
            self.say(&set.with(&values)).await?;
        }
        self.verify_setting(key, setting, value).await
    }

    async fn verify_setting(
        &self,
        key: &'static str,
        setting: &Setting,
        value: f64,
    ) -> Result<f64, SmuError> {
        let command = setting.get.with(&self.values());
        let answer = self.ask(&command).await?;
        let unreadable = |source| self.unreadable(&command, source);
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

    async fn choose<T: Copy + Ord>(
        &self,
        key: &'static str,
        choice: &Choice<T>,
        asked: T,
    ) -> Result<(), SmuError> {
        if let Some(word) = choice.words.get(&asked) {
            let values = Values { value: Value::Word(word), ..self.values() };
            self.say(&choice.set.with(&values)).await?;
        }
        self.verify_choice(key, choice, asked).await
    }

    async fn verify_choice<T: Copy + Ord>(
        &self,
        key: &'static str,
        choice: &Choice<T>,
        asked: T,
    ) -> Result<(), SmuError> {
        let answer = self.ask(&choice.get.with(&self.values())).await?;
        let found = String::from_utf8_lossy(&answer).trim().to_owned();
        let expected = choice.words.get(&asked).cloned().unwrap_or_default();
        if found.eq_ignore_ascii_case(&expected) {
            return Ok(());
        }
        self.check_errors("configuration").await?;
        Err(SmuError::Word { smu: self.name.clone(), key, expected, found })
    }
}
