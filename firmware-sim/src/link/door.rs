//! The connections of a TCP port.

use std::{io, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::tcp::Clients;

/// Answers the clients of a port, for ever, each by `serve`. `refuses` is asked of each connection
/// whether it is to be reset; it is told whether the port has no place for it. `by` says in the log
/// how they connected.
///
/// # Errors
/// The port does not take connections any more.
pub(super) async fn answer<R, S>(
    listener: TcpListener,
    allowed: Clients,
    by: &'static str,
    refuses: impl Fn(bool) -> R,
    serve: impl Fn(TcpStream) -> S,
) -> io::Result<()>
where
    R: Future<Output = bool>,
    S: Future<Output = io::Result<()>> + Send + 'static,
{
    let mut clients = JoinSet::new();
    loop {
        let (stream, from) = tokio::select! {
            accepted = listener.accept() => accepted?,
            Some(_) = clients.join_next() => continue,
        };
        let is_full = allowed == Clients::OneRefusingOthers && !clients.is_empty();
        if refuses(is_full).await {
            tracing::info!(target: "firmware_sim::link", "{from} refused");
            // Closing without lingering resets. Where that fails the client sees an end instead.
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            continue;
        }
        let served = serve(stream);
        let client = async move {
            tracing::info!(target: "firmware_sim::link", "{from} connected{by}");
            match served.await {
                Ok(()) => tracing::info!(target: "firmware_sim::link", "{from} disconnected"),
                Err(error) => tracing::info!(target: "firmware_sim::link", "{from} lost: {error}"),
            }
        };
        if allowed == Clients::One { client.await } else { drop(clients.spawn(client)) }
    }
}
