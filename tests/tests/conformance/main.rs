//! The same set of checks over every link, against the simulator's own servers.
//!
//! A link is a file with a [`bench::Bench`] (how the server starts, how a client connects) and a line
//! `conformance!` here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench;
mod data;
mod duplex;
mod exchange;
mod faults;
#[cfg(target_os = "linux")]
mod serial;
mod tcp;

/// All checks over one link.
macro_rules! conformance {
    ($name:ident, $bench:ty) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn the_instrument_says_who_it_is() {
                exchange::identity::<$bench>().await;
            }

            #[tokio::test]
            async fn a_long_list_arrives_whole_and_is_measured_in_order() {
                data::long_list::<$bench>().await;
            }

            #[tokio::test]
            async fn a_reply_of_175_kb_arrives_whole() {
                data::long_reply::<$bench>().await;
            }

            #[tokio::test]
            async fn a_binary_block_may_hold_line_feeds() {
                data::block::<$bench>().await;
            }

            #[tokio::test]
            async fn many_queries_of_one_caller_are_answered_in_order() {
                exchange::many::<$bench>().await;
            }

            #[tokio::test]
            async fn two_clients_get_each_its_own_replies() {
                exchange::two_clients::<$bench>().await;
            }

            #[tokio::test]
            async fn after_silence_the_next_answer_is_its_own() {
                faults::silence::<$bench>().await;
            }

            #[tokio::test]
            async fn after_a_late_reply_the_next_answer_is_its_own() {
                faults::late::<$bench>().await;
            }

            #[tokio::test]
            async fn after_a_torn_reply_the_next_answer_is_its_own() {
                faults::torn::<$bench>().await;
            }

            #[tokio::test]
            async fn a_clear_gives_up_what_is_outstanding_and_the_next_answer_is_its_own() {
                faults::clear::<$bench>().await;
            }

            #[tokio::test]
            async fn a_disconnection_in_mid_reply_is_named_and_a_new_connection_works() {
                faults::disconnection::<$bench>().await;
            }
        }
    };
}

conformance!(over_a_stream_in_this_process, duplex::Duplex);
conformance!(over_a_tcp_socket, tcp::Tcp);
#[cfg(target_os = "linux")]
conformance!(over_a_serial_line, serial::Serial);
