//! Instrument files: what a model can do, and how to say it.

mod firmware;
mod load;
mod schema;
mod validate;

pub use load::ModelError;
pub use schema::Model;
pub(crate) use schema::{
    Block, BlockLayout, ByteOrder, Choice, Element, FilterCommands, Readings, Setting, SettingKey,
};

use crate::{Identity, SmuError, units::Volts};

impl Model {
    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an instrument of this identity is one.
    pub fn recognises(&self, identity: &Identity) -> bool {
        let pattern = &self.identity;
        pattern.makers.contains(&identity.maker) && identity.model == pattern.model
    }

    /// How many channels it has.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Refuses a channel that the model has not, before anything is sent.
    ///
    /// # Errors
    /// [`SmuError::Setting`].
    pub fn check_channel(&self, channel: usize) -> Result<(), SmuError> {
        if (1..=self.channels).contains(&channel) {
            return Ok(());
        }
        let accepted = match self.channels {
            1 => "1".to_owned(),
            most => format!("1 to {most}"),
        };
        Err(SmuError::Setting { key: "channel", found: channel.to_string(), accepted })
    }

    /// One code of the source on `range`; `None` when the model has no such range.
    pub fn source_resolution(&self, range: Volts) -> Option<Volts> {
        self.source.ranges.iter().find(|it| it.0 == range).map(|it| it.1)
    }
}
