//! What waits until another link to the same instrument has its reply.

use tokio::io::{AsyncRead, AsyncWrite};

use super::worker::{Request, Task, Worker};
use crate::{LinkError, message};

impl<S: AsyncRead + AsyncWrite + Unpin> Worker<S> {
    pub(super) async fn perform_held(&mut self, at: usize) -> Result<(), LinkError> {
        match self.held.remove(at) {
            Some(Request { link, address, task }) => self.perform(link, address, task).await,
            None => Ok(()),
        }
    }

    /// Keeps a request for later while another link waits for a reply from there; else gives it back.
    /// A link whose query is kept is told that it has left: its output-off is not to wait behind it.
    pub(super) fn hold(&mut self, request: Request) -> Option<Request> {
        let Request { link, address, task } = request;
        let task = match task {
            _ if self.turns.is_free(link, address) => task,
            Task::Send { message, done } if message::queries(&message) > 0 => {
                if done.send(()).is_ok() {
                    self.held.push_back(Request { link, address, task: Task::Held { message } });
                }
                return None;
            }
            task @ Task::Read { .. } => {
                self.held.push_back(Request { link, address, task });
                return None;
            }
            task => task,
        };
        Some(Request { link, address, task })
    }

    /// Takes back a link's query that has not left. It is all that the link can forget then: another
    /// one waits for the instrument.
    pub(super) fn takes_back(&mut self, link: u64) -> bool {
        let held = self.held.len();
        self.held.retain(|it| it.link != link || !matches!(it.task, Task::Held { .. }));
        self.held.len() < held
    }
}
