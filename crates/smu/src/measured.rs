use scpi_parser::reply::{self, ReplyError};
use transport::{Asked, SessionError};

use crate::{
    Reading, Smu, SmuError,
    decode::{Layout, decode},
    model::Block,
    smu::Mode,
    template::{Template, Values},
};

/// Mode and count that an instrument was told.
type Staging = (Option<Mode>, Option<usize>);

impl Smu {
    /// Asks for readings and the error queue in one message, and takes the reply apart.
    ///
    /// After a failure, and after a dropped future, nothing is assumed of the instrument's mode and
    /// count: the next sweep sets them again.
    pub(crate) async fn measured(
        &mut self,
        query: &Template,
        levels: &[f64],
    ) -> Result<Vec<Reading>, SmuError> {
        let (command, bytes) = self.measuring(query, levels);
        self.measured_by(&command, bytes, levels).await
    }

    /// As [`Smu::measured`], by a message whose readings may be a block of so many bytes.
    pub(crate) async fn measured_by(
        &mut self,
        command: &str,
        bytes: Option<usize>,
        levels: &[f64],
    ) -> Result<Vec<Reading>, SmuError> {
        let staging = self.take_staging();
        let answer = self.ask_readings(command, bytes).await;
        self.taken_apart(staging, command, levels, answer).await
    }

    /// The message that asks for the readings of these levels, and the size of the block that they
    /// are where they are one.
    pub(crate) fn measuring(&self, query: &Template, levels: &[f64]) -> (String, Option<usize>) {
        let values = Values { levels, count: levels.len(), ..self.values() };
        let block = self.binary_block();
        // An indefinite block ends its message: the error queue is asked in the next.
        let alone = block == Some(Block::Indefinite);
        let command = if alone { query.with(&values) } else { self.checked(query, &values) };
        let binary = block.and(self.file().binary.as_ref());
        let bytes = binary.map(|it| levels.len() * self.elements().len() * it.layout.width);
        (command, bytes)
    }

    /// Waits for the readings that were asked for, and takes the reply apart.
    pub(crate) async fn answered(
        &mut self,
        command: &str,
        levels: &[f64],
        asked: Asked,
    ) -> Result<Vec<Reading>, SmuError> {
        let staging = self.take_staging();
        let answer = self.heard(command, asked.reply().await);
        self.taken_apart(staging, command, levels, answer).await
    }

    /// Mode and count are unknown until what was asked has been answered well: a future may be
    /// dropped.
    fn take_staging(&mut self) -> Staging {
        (self.state.mode.take(), self.state.count.take())
    }

    async fn taken_apart(
        &mut self,
        staging: Staging,
        command: &str,
        levels: &[f64],
        answer: Result<Vec<u8>, SmuError>,
    ) -> Result<Vec<Reading>, SmuError> {
        let block = self.binary_block();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(self.explained(error).await),
        };
        self.state.behind = 0;
        let data = if block == Some(Block::Indefinite) {
            self.check_errors("a measurement").await?;
            &answer[..]
        } else {
            self.data_without_error(command, &answer, block).await?
        };
        let mut readings = decode(&self.layout(command), levels, data)?;
        self.file().pairing.clock.unroll(&mut readings);
        self.exposed(&readings);
        (self.state.mode, self.state.count) = staging;
        Ok(readings)
    }

    /// How readings of this channel look in a reply to `command`.
    pub(crate) fn layout<'m>(&'m self, command: &'m str) -> Layout<'m> {
        let block = self.binary_block();
        Layout {
            smu: &self.name,
            command,
            elements: self.elements(),
            readings: &self.file().readings,
            binary: block.and(self.file().binary.as_ref()).map(|it| it.layout),
            resolution: self.resolution.0,
        }
    }

    /// The readings of a reply that ends with an entry of the error queue.
    pub(crate) async fn data_without_error<'r>(
        &self,
        command: &str,
        answer: &'r [u8],
        block: Option<Block>,
    ) -> Result<&'r [u8], SmuError> {
        let Some((data, entry)) = halves(answer, block) else {
            // An instrument that refuses the first half may answer the second alone.
            if let Ok(entry) = reply::error_entry(answer)
                && entry.0 != 0
            {
                return Err(self.reported("a measurement", vec![entry]));
            }
            let found = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
            return Err(self.unreadable(command, ReplyError::NotAnEntry { found }));
        };
        let entry = reply::error_entry(entry).map_err(|source| self.unreadable(command, source))?;
        if entry.0 == 0 {
            return Ok(data);
        }
        let mut errors = vec![entry];
        // What else is queued belongs to the same measurement, and must not fail the next. When the
        // link fails meanwhile, the first entry is still the news.
        if let Ok(more) = self.queued_errors().await {
            errors.extend(more);
        }
        Err(self.reported("a measurement", errors))
    }

    /// An instrument that refuses to measure does not answer at all; its error queue says why.
    pub(crate) async fn explained(&self, error: SmuError) -> SmuError {
        let timed_out = matches!(
            &error,
            SmuError::Link { source, .. } if matches!(**source, SessionError::TimedOut { .. })
        );
        if timed_out
            && let Ok(errors) = self.queued_errors().await
            && !errors.is_empty()
        {
            return self.reported("a measurement", errors);
        }
        error
    }
}

/// The two answers of one reply.
fn halves(answer: &[u8], block: Option<Block>) -> Option<(&[u8], &[u8])> {
    if block.is_none() {
        // Numbers and commas hold no semicolon: the first one ends them.
        let end = answer.iter().position(|it| *it == b';')?;
        let entry = &answer[end + 1..];
        return (reply::answers(entry).count() == 1).then_some((&answer[..end], entry));
    }
    let mut answers = reply::answers(answer);
    match (answers.next(), answers.next(), answers.next()) {
        (Some(data), Some(entry), None) => Some((data, entry)),
        _ => None,
    }
}
