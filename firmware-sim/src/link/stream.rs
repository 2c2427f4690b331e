//! An instrument behind a byte stream.

use std::{
    borrow::BorrowMut,
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::pace::Pace;
use crate::instrument::{Delivery, Instrument, Session};

/// Large enough for a list command; longer messages come in several pieces.
const SEGMENT: usize = 16 * 1024;

/// What a client may have sent ahead of the instrument before it is read no further.
const AHEAD: usize = 128 * 1024;

/// How long replies that are to leave together wait for each other.
const TOGETHER: Duration = Duration::from_millis(200);

/// Between the segments of a reply that leaves in pieces: enough that they arrive as several.
const BETWEEN: Duration = Duration::from_millis(5);

/// Answers one client until it closes the stream, or a fault does.
///
/// All replies to the bytes of one segment leave in one write. The instrument keeps its state, the
/// output included, so the next client finds it as this one left it; what this client left of an
/// unfinished message is forgotten. A message that waits for a trigger is woken by its pulse.
/// Dropping the future leaves the instrument between two segments.
///
/// # Errors
/// Reading or writing the stream failed.
pub async fn serve<S>(stream: S, instrument: &mut Instrument) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let seat = Mutex::new(instrument);
    converse(stream, &seat, Manner::default()).await
}

/// How a conversation is held.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner<'h> {
    pub(super) pace: Option<Pace>,
    /// How many talk to the same instrument: others may wait for what this client does.
    pub(super) clients: Option<&'h AtomicUsize>,
}

impl Manner<'_> {
    fn is_crowded(&self) -> bool {
        self.clients.is_some_and(|it| it.load(Ordering::Relaxed) > 1)
    }
}

pub(super) fn lock<M>(seat: &Mutex<M>) -> MutexGuard<'_, M> {
    seat.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one client of an instrument that others may share.
pub(super) async fn converse<S, M>(
    mut stream: S,
    seat: &Mutex<M>,
    manner: Manner<'_>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    M: BorrowMut<Instrument>,
{
    let bell = (*lock(seat)).borrow_mut().inbox().listen();
    let mut conversation = Conversation {
        seat,
        manner,
        bell,
        session: Session::default(),
        out: Vec::new(),
        held: None,
        wake: None,
    };
    let result = conversation.hold(&mut stream).await;
    (*lock(seat)).borrow_mut().leave(conversation.session);
    result
}

struct Conversation<'s, M> {
    seat: &'s Mutex<M>,
    manner: Manner<'s>,
    bell: watch::Receiver<()>,
    session: Session,
    out: Vec<u8>,
    /// How much of `out` is held back, and until when.
    held: Option<(usize, Instant)>,
    /// When the instrument has come further by itself.
    wake: Option<Instant>,
}

/// What a conversation goes on with.
enum Next {
    Bytes(usize),
    Wake,
}

impl<M: BorrowMut<Instrument>> Conversation<'_, M> {
    async fn hold<S>(&mut self, stream: &mut S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut segment = vec![0; SEGMENT];
        let mut count = 0;
        while self.attend(stream, &segment[..count]).await? {
            count = match self.next(stream, &mut segment).await? {
                Next::Bytes(0) => return Ok(()),
                Next::Bytes(count) => count,
                Next::Wake => 0,
            };
        }
        stream.shutdown().await
    }

    /// Waits for bytes, for the bell, or for the time that an instrument needs.
    async fn next<S>(&mut self, stream: &mut S, segment: &mut [u8]) -> io::Result<Next>
    where
        S: AsyncRead + Unpin,
    {
        let wake = [self.wake, self.held.map(|it| it.1)].into_iter().flatten().min();
        let hungry = self.session.backlog() < AHEAD;
        tokio::select! {
            count = stream.read(segment), if hungry => count.map(Next::Bytes),
            // The sender lives as long as the instrument, which the seat holds.
            _ = self.bell.changed() => Ok(Next::Wake),
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => Ok(Next::Wake),
        }
    }

    /// Gives bytes to the instrument and sends what it answers; false when the connection ends.
    async fn attend<S>(&mut self, stream: &mut S, bytes: &[u8]) -> io::Result<bool>
    where
        S: AsyncWrite + Unpin,
    {
        let mut bytes = bytes;
        loop {
            let delivery = self.ask(std::mem::take(&mut bytes));
            match delivery {
                Delivery::After(time) => sleep(time).await,
                Delivery::At(time) => {
                    if let Some(pace) = self.manner.pace {
                        sleep_until(pace.instant(time.as_secs_f64())).await;
                    }
                }
                Delivery::Held => {
                    let until = self.held.map_or_else(|| Instant::now() + TOGETHER, |it| it.1);
                    self.held = Some((self.out.len(), until));
                    continue;
                }
                Delivery::Now | Delivery::InPieces(_) | Delivery::ThenClose => {}
            }
            let waits = self.held.is_some_and(|(count, until)| {
                delivery == Delivery::Now && count == self.out.len() && Instant::now() < until
            });
            if waits {
                return Ok(true);
            }
            self.held = None;
            let pieces = if let Delivery::InPieces(pieces) = delivery { pieces } else { 1 };
            send(stream, &self.out, pieces).await?;
            self.out.clear();
            match delivery {
                Delivery::Now => return Ok(true),
                Delivery::ThenClose => return Ok(false),
                _ => {}
            }
        }
    }

    fn ask(&mut self, bytes: &[u8]) -> Delivery {
        let mut seat = lock(self.seat);
        let instrument: &mut Instrument = (*seat).borrow_mut();
        let before = instrument.messages();
        let (session, out) = (&mut self.session, &mut self.out);
        let delivery = match self.manner.pace {
            None => instrument.attend(session, bytes, out),
            Some(pace) => instrument.attend_at(pace.now(), session, bytes, out),
        };
        let waits = instrument.is_running() || instrument.is_ahead() && session.has_work();
        // Not at once: the clock that wakes a task is no finer than this.
        let soonest = Instant::now() + Duration::from_millis(1);
        self.wake = self
            .manner
            .pace
            .filter(|_| waits)
            .map(|pace| pace.instant(instrument.time()).max(soonest));
        if instrument.messages() != before && self.manner.is_crowded() {
            instrument.inbox().ring();
        }
        delivery
    }
}

/// Writes in so many pieces, one after another.
async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8], pieces: u64) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let pieces = usize::try_from(pieces).unwrap_or(usize::MAX).clamp(1, bytes.len());
    for piece in 0..pieces {
        if piece > 0 {
            sleep(BETWEEN).await;
        }
        let edge = |piece: usize| bytes.len() * piece / pieces;
        stream.write_all(&bytes[edge(piece)..edge(piece + 1)]).await?;
        stream.flush().await?;
    }
    Ok(())
}
