use transport::{Session, SessionError};

use crate::model::Operations;

/// Switches one output off without asking anything: for the paths where a reply may never come.
///
/// It overtakes whatever waits on the link, and works also while the session is out of step.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    name: String,
    session: Session,
    output_off: String,
    abort: String,
}

impl KillSwitch {
    pub(crate) fn new(name: &str, session: Session, operations: &Operations) -> KillSwitch {
        KillSwitch {
            name: name.to_owned(),
            session,
            output_off: operations.output_off.as_str().to_owned(),
            abort: operations.abort.as_str().to_owned(),
        }
    }

    /// The instrument's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends output-off, then abort: an instrument in the middle of a sweep queues the first until
    /// the second ends the sweep. Returns when the link has taken both.
    ///
    /// # Errors
    /// The link is gone: the output may still be on.
    pub async fn off(&self) -> Result<(), SessionError> {
        self.session.write_urgent(&self.output_off).await?;
        self.session.write_urgent(&self.abort).await
    }

    /// The same switch over another link to the instrument, for when the first is gone.
    pub fn over(&self, session: Session) -> KillSwitch {
        KillSwitch { session, ..self.clone() }
    }
}
