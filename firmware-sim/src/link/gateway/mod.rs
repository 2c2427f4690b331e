//! Instruments on a GPIB bus, behind a box that speaks `++` commands.

mod ar488;
mod bus;
mod commands;
mod lines;
mod settings;

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{Mutex, Notify, watch},
    task::JoinSet,
};

pub use self::settings::GatewayKind;
use self::{
    bus::Bus,
    commands::{Controller, Outcome},
    lines::{Line, Lines},
};
use super::{
    door,
    host::Host,
    socket::Socket,
    tcp::{Acknowledge, TcpOptions},
};

const SEGMENT: usize = 4096;

/// A GPIB controller with instruments on its bus: a Prologix GPIB-ETHERNET, or an AR488.
///
/// What is set on it (`++addr`, `++auto`, ...) belongs to the box, not to a connection: two clients
/// that share it disturb each other. A reply that nobody has read stays in its instrument when the
/// address changes. While the box waits for an instrument, up to `++read_tmo_ms` for each byte, it
/// does nothing else.
///
/// A 2400 that is to talk in the middle of a message to it, as with `++eos 3` and `++eoi 0`, hangs
/// until `++clr` or `++ifc`.
pub struct Gateway {
    kind: GatewayKind,
    controller: Mutex<Controller>,
    hung_up: watch::Sender<u64>,
}

impl Gateway {
    /// A box with these instruments at these primary addresses, 0 to 30.
    pub fn new(
        kind: GatewayKind,
        instruments: impl IntoIterator<Item = (u8, Arc<Host>)>,
    ) -> Arc<Gateway> {
        let controller = Mutex::new(Controller::new(kind, Bus::new(instruments)));
        Arc::new(Gateway { kind, controller, hung_up: watch::Sender::new(0) })
    }

    /// Which box it is.
    pub fn kind(&self) -> GatewayKind {
        self.kind
    }

    /// Answers one client until it closes the stream, or a fault does.
    ///
    /// # Errors
    /// Reading or writing the stream failed.
    pub async fn serve<S>(&self, mut stream: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.converse(&mut stream).await? { stream.shutdown().await } else { Ok(()) }
    }

    /// Answers whoever is at the other end of a serial line, which nothing closes but its end.
    ///
    /// # Errors
    /// Reading or writing the line failed.
    pub async fn serve_line<S>(&self, mut line: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        while self.converse(&mut line).await? {}
        Ok(())
    }

    /// True when the connection is to be closed, false when the client has closed it.
    async fn converse<S>(&self, stream: &mut S) -> io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut hung_up = self.hung_up.subscribe();
        let bells = Bells::of(&*self.controller.lock().await);
        let mut lines = Lines::new(self.kind);
        let mut segment = vec![0; SEGMENT];
        loop {
            let outcome = tokio::select! {
                count = stream.read(&mut segment) => match count? {
                    0 => return Ok(false),
                    count => {
                        for byte in &segment[..count] {
                            if let Some(line) = lines.push(*byte) {
                                let outcome = self.act(line).await;
                                send(stream, &outcome.out).await?;
                                if outcome.closes || hung_up.has_changed().unwrap_or(true) {
                                    return Ok(true);
                                }
                            }
                        }
                        continue;
                    }
                },
                () = bells.ring() => self.attend().await,
                // The sender lives as long as the box.
                _ = hung_up.changed() => return Ok(true),
            };
            send(stream, &outcome.out).await?;
            if outcome.closes {
                return Ok(true);
            }
        }
    }

    /// Does what a line says.
    async fn act(&self, line: Line) -> Outcome {
        let mut controller = self.controller.lock().await;
        let mut outcome = match line {
            Line::Command(text) => {
                tracing::debug!(target: "firmware_sim::wire", "++{}", text.escape_debug());
                controller.obey(&text).await
            }
            Line::Overlong => {
                let mut outcome = Outcome::default();
                controller.not_understood(&mut outcome);
                outcome
            }
            Line::Data { bytes, goes_on } => controller.pass_on(&bytes, goes_on).await,
        };
        outcome.out.extend(controller.report_requests().out);
        if controller.settings.verbose {
            outcome.out.extend(b"> ");
        }
        outcome.closes |= Self::hangs_up(&controller);
        if outcome.closes {
            self.hung_up.send_modify(|it| *it += 1);
        }
        outcome
    }

    /// Something has happened at an instrument.
    async fn attend(&self) -> Outcome {
        let mut controller = self.controller.lock().await;
        let mut outcome = controller.report_requests();
        outcome.closes = Self::hangs_up(&controller);
        if outcome.closes {
            self.hung_up.send_modify(|it| *it += 1);
        }
        outcome
    }

    fn hangs_up(controller: &Controller) -> bool {
        // All of them: what has been said of one is over.
        controller.bus.desks().filter(|it| it.hangs_up()).count() > 0
    }

    async fn refuses_connection(&self) -> bool {
        self.controller.lock().await.bus.desks().any(|it| it.host().refuses_connection())
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    stream.write_all(bytes).await?;
    stream.flush().await
}

/// The bells of all instruments, as one, which go on by themselves as long as it lives.
struct Bells {
    rang: Arc<Notify>,
    _keepers: JoinSet<()>,
}

impl Bells {
    fn of(controller: &Controller) -> Bells {
        let rang = Arc::new(Notify::new());
        let mut keepers = JoinSet::new();
        for desk in controller.bus.desks() {
            let (desk, rang, mut changed) = (Arc::clone(desk), Arc::clone(&rang), desk.listen());
            keepers.spawn(async move {
                let listen = async {
                    while changed.changed().await.is_ok() {
                        rang.notify_one();
                    }
                };
                tokio::select! {
                    never = desk.keep() => match never {},
                    () = listen => {}
                }
            });
        }
        Bells { rang, _keepers: keepers }
    }

    async fn ring(&self) {
        self.rang.notified().await;
    }
}

/// Answers the clients of a gateway's port, for ever.
///
/// # Errors
/// The port does not take connections any more.
pub async fn answer_gateway(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    options: TcpOptions,
) -> io::Result<()> {
    let gateway = &gateway;
    let refuses = |is_full| async move { is_full || gateway.refuses_connection().await };
    let serve = |stream| {
        let gateway = Arc::clone(gateway);
        async move { gateway.serve(Socket::new(stream, Acknowledge::AtOnce)?).await }
    };
    door::answer(listener, options.clients, "", refuses, serve).await
}
