//! An instrument behind a serial line.

mod lane;
mod port;
#[cfg(target_os = "linux")]
mod pty;
mod settings;

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep, sleep_until},
};

use self::port::Port;
#[cfg(target_os = "linux")]
pub use self::pty::Pty;
pub use self::settings::{Baud, Flow, SerialSettings, Terminator};
use super::{host::Host, pace::Pace};
use crate::instrument::{Delivery, Instrument, Session};

/// What is read ahead of the line that carries it: as much as a UART holds.
const FIFO: usize = 16;

/// Answers whoever is at the other end of a serial line until it is closed.
///
/// Where the host is paced, bytes take the time on the line that the baud rate gives them; where its
/// time is virtual, so much simulated time passes, and nobody waits.
///
/// # Errors
/// Reading or writing the line failed.
pub async fn serve_serial<S>(
    mut stream: S,
    host: Arc<Host>,
    settings: SerialSettings,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bell = host.instrument().inbox().listen();
    let mut line = Line { port: Port::new(settings), session: Session::serial(), wake: None };
    let mut bytes = [0; FIFO];
    loop {
        line.attend(&host).await;
        let leaving = match host.pace {
            Some(pace) => line.port.leaving(pace.now()),
            None => line.port.leaving_at_once(&mut host.instrument()),
        };
        if !leaving.is_empty() {
            stream.write_all(&leaving).await?;
            stream.flush().await?;
        }
        let wake = line.wakes(host.pace);
        let room = if host.pace.is_some() { line.port.room(FIFO) } else { FIFO };
        tokio::select! {
            count = stream.read(&mut bytes[..room]), if room > 0 => match count? {
                0 => return Ok(()),
                count => line.port.comes(host.pace.map_or(0.0, |it| it.now()), &bytes[..count]),
            },
            // The sender lives as long as the instrument, which the host holds.
            _ = bell.changed() => {}
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
        }
    }
}

/// The instrument's end of the line.
struct Line {
    port: Port,
    session: Session,
    /// The simulated time at which the instrument has come further by itself.
    wake: Option<f64>,
}

impl Line {
    /// Gives the instrument what has arrived, and puts what it answers on the line.
    async fn attend(&mut self, host: &Host) {
        let mut out = Vec::new();
        let mut first = true;
        loop {
            let delivery = self.ask(&mut host.instrument(), host.pace, first, &mut out);
            first = false;
            let at = match delivery {
                Delivery::At(time) => time.as_secs_f64(),
                _ => host.pace.map_or(0.0, |it| it.now()),
            };
            if let Delivery::After(time) = delivery {
                sleep(time).await;
            }
            // A serial line has neither segments to cut or to join nor a connection to end.
            self.port.answers(at, &out);
            out.clear();
            if delivery == Delivery::Now {
                return;
            }
        }
    }

    fn ask(
        &mut self,
        instrument: &mut Instrument,
        pace: Option<Pace>,
        first: bool,
        out: &mut Vec<u8>,
    ) -> Delivery {
        let arrived = match pace {
            _ if !first => Vec::new(),
            Some(pace) => self.port.arrived(pace.now()),
            None => self.port.arrived_at_once(instrument),
        };
        let heard = self.port.hears(&arrived, self.session.backlog());
        if heard.clears {
            instrument.device_clear(&mut self.session);
        }
        if heard.forgets {
            self.session.forget_line();
        }
        if heard.overrun {
            instrument.input_overrun();
        }
        let before = instrument.messages();
        let delivery = match pace {
            None => instrument.attend(&mut self.session, &heard.bytes, out),
            Some(pace) => instrument.attend_at(pace.now(), &mut self.session, &heard.bytes, out),
        };
        let now = pace.map_or(0.0, |it| it.now());
        self.port.has_room(now, self.session.backlog());
        let waits = instrument.is_running() || instrument.is_ahead() && self.session.has_work();
        self.wake = waits.then(|| instrument.time());
        if instrument.messages() != before {
            instrument.inbox().ring();
        }
        delivery
    }

    /// When there is something to do without new bytes.
    fn wakes(&self, pace: Option<Pace>) -> Option<Instant> {
        let pace = pace?;
        let times = [self.port.next(), self.wake];
        let next = times.into_iter().flatten().min_by(f64::total_cmp)?;
        // The clock that wakes a task is no finer than this.
        Some(pace.instant(next).max(Instant::now() + Duration::from_millis(1)))
    }
}
