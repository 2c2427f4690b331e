use scpi_parser::reply::{self, ReplyError};
use transport::SessionError;

use crate::{Reading, Smu, SmuError, reading::decode};

impl Smu {
    /// Asks for readings and the error queue in one message, and takes the reply apart.
    ///
    /// After a failure, and after a dropped future, nothing is assumed of the instrument's mode and
    /// count: the next sweep sets them again.
    pub(crate) async fn measured(
        &mut self,
        command: &str,
        levels: &[f64],
    ) -> Result<Vec<Reading>, SmuError> {
        let (mode, count) = (self.state.mode.take(), self.state.count.take());
        let answer = match self.ask(command).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.explained(error).await),
        };
        self.state.behind = 0;
        let mut answers = reply::answers(&answer);
        let (Some(data), Some(entry), None) = (answers.next(), answers.next(), answers.next())
        else {
            let found = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
            return Err(self.unreadable(command, ReplyError::NotAnEntry { found }));
        };
        let entry = reply::error_entry(entry).map_err(|source| self.unreadable(command, source))?;
        if entry.0 != 0 {
            let mut errors = vec![entry];
            // What else is queued belongs to the same measurement, and must not fail the next. When
            // the link fails meanwhile, the first entry is still the news.
            if let Ok(more) = self.queued_errors().await {
                errors.extend(more);
            }
            return Err(self.reported("a measurement", errors));
        }
        let readings = decode(&self.name, command, &self.model.readings, levels, data)?;
        (self.state.mode, self.state.count) = (mode, count);
        Ok(readings)
    }

    /// An instrument that refuses to measure does not answer at all; its error queue says why.
    async fn explained(&self, error: SmuError) -> SmuError {
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
