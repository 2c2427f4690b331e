//! Instruments behind streams, sockets and serial lines.

mod host;
mod pace;
mod socket;
mod stream;
mod tcp;

pub use self::{
    host::Host,
    pace::Pace,
    stream::serve,
    tcp::{Acknowledge, Clients, TcpOptions, answer_tcp, serve_tcp},
};
