//! The first words with a gateway.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use super::{GatewayKind, GatewayOptions, PROTOCOL, inbox::EOT, inbox::End, wire::Wire};
use crate::{LinkError, message};

/// After this long the version is asked for again: an Arduino resets when its port is opened and
/// hears nothing for a second or two; and what an earlier program left behind, half a line, may have
/// swallowed the first question.
const ASK_AGAIN: Duration = Duration::from_millis(700);
/// Silence after which no further answer to the same question is expected.
const QUIET: Duration = Duration::from_millis(300);

/// A gateway that is set up: which kind it is, and how it marks the end of a reply.
pub(super) struct Opened {
    pub(super) kind: GatewayKind,
    pub(super) end: End,
}

pub(super) async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    options: &GatewayOptions,
    resource: &str,
    limit: Duration,
) -> Result<Opened, LinkError> {
    let deadline = Instant::now() + limit;
    let version = version(wire, deadline).await?;
    let version =
        version.ok_or_else(|| LinkError::NoAnswer { resource: resource.to_owned(), limit })?;
    let kind = options.kind.unwrap_or_else(|| GatewayKind::of_version(&version));
    tracing::info!(version, ?kind, "a GPIB gateway answers");

    wire.write(settings(kind, options).as_bytes()).await?;
    let grumbling = wire.settle().await?;
    if !grumbling.is_empty() {
        tracing::warn!(
            text = message::excerpt(&grumbling),
            "what the gateway says to its settings"
        );
    }
    let marks = holds(wire, "++eot_enable", 1).await? && holds(wire, "++eot_char", EOT).await?;
    if !marks {
        tracing::warn!("the gateway does not mark EOI; line feeds must do");
    }
    let end = if marks { End::Marked } else { End::LineFeed };
    Ok(Opened { kind, end })
}

/// Whether the gateway says that a setting is what it was set to.
async fn holds<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    setting: &str,
    value: u8,
) -> Result<bool, LinkError> {
    wire.write(format!("{setting}\n").as_bytes()).await?;
    let said = wire.settle().await?;
    Ok(said.trim_ascii() == value.to_string().as_bytes())
}

/// Everything on one line each. `++mode 1` before what only a controller may do.
fn settings(kind: GatewayKind, options: &GatewayOptions) -> String {
    let savecfg = if kind == GatewayKind::Prologix { "++savecfg 0\n" } else { "" };
    format!(
        "{savecfg}++mode 1\n++auto 0\n++eos {}\n++eoi 1\n++read_tmo_ms {}\n++eot_char {EOT}\n\
         ++eot_enable 1\n++ifc\n",
        options.eos.code(),
        options.slice.as_millis(),
    )
}

/// Learns the answer to `++ver`, with which everything else is proved.
async fn version<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    deadline: Instant,
) -> Result<Option<String>, LinkError> {
    let mut asked = 0;
    while Instant::now() < deadline {
        wire.write(b"++ver\n").await?;
        asked += 1;
        let again = deadline.min(Instant::now() + ASK_AGAIN);
        while let Some(line) = wire.line(again).await? {
            let text = line.trim_ascii();
            if text.is_empty() || text == b"++ver" {
                continue;
            }
            if text.starts_with(b"Unrecognized") {
                return Err(LinkError::Protocol {
                    protocol: PROTOCOL,
                    expected: "its version, as the answer to ++ver",
                    found: message::excerpt(text),
                });
            }
            // Several questions may have several answers, and what an instrument was saying when an
            // earlier program left may stand before the first.
            while wire.read_until(deadline.min(Instant::now() + QUIET)).await? {}
            let last = std::mem::take(&mut wire.received);
            let line = last_line(&last).map_or(line, <[u8]>::to_vec);
            wire.version.clone_from(&line);
            refuse_echo(wire).await?;
            tracing::debug!(asked, "the gateway has told its version");
            return Ok(Some(String::from_utf8_lossy(line.trim_ascii()).into_owned()));
        }
    }
    Ok(None)
}

fn last_line(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.strip_suffix(b"\n")?;
    let begin = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Some(&bytes[begin..])
}

/// A gateway that repeats what it is told (a terminal's echo, AR488's `++verbose`) cannot be told from
/// an instrument that speaks.
async fn refuse_echo<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
) -> Result<(), LinkError> {
    if wire.settle().await?.is_empty() {
        return Ok(());
    }
    // Off, where there is such a thing; elsewhere an unknown command, whose complaint is dropped.
    wire.write(b"++verbose 0\n").await?;
    wire.settle().await?;
    let before = wire.settle().await?;
    if before.is_empty() {
        return Ok(());
    }
    Err(LinkError::Protocol {
        protocol: PROTOCOL,
        expected: "nothing but its version (switch its echo off, on an AR488 by ++verbose 0)",
        found: message::excerpt(&before),
    })
}
