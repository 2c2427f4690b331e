//! The same set of checks over every link, against the simulator's own servers.
//!
//! A link is a file with a [`bench::Bench`] (how the server starts, how a client connects) and a line
//! `conformance!` here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench;
mod data;
mod driver;
mod duplex;
mod exchange;
mod faults;
mod gateway;
mod hislip;
mod messages;
#[cfg(target_os = "linux")]
mod serial;
mod tcp;
mod usbtmc;
mod vxi11;

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

            #[tokio::test]
            async fn the_driver_sweeps_2500_levels_and_switches_off() {
                driver::sweep::<$bench>().await;
            }

            #[tokio::test]
            async fn no_reading_is_given_to_another_level() {
                driver::hunt::<$bench>().await;
            }
        }
    };
}

/// What a link that carries messages has beyond those.
macro_rules! messages {
    ($name:ident, $bench:ty) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn service_is_requested_once_and_a_poll_says_why() {
                messages::service::<$bench>().await;
            }

            #[tokio::test]
            async fn a_trigger_is_the_links_own() {
                messages::trigger::<$bench>().await;
            }

            #[tokio::test]
            async fn output_off_does_not_wait_for_a_reply_and_the_next_answer_is_its_own() {
                messages::urgent::<$bench>().await;
            }

            #[tokio::test]
            async fn a_message_longer_than_the_links_pieces_arrives_as_one() {
                messages::long_message::<$bench>().await;
            }

            #[tokio::test]
            async fn a_reply_of_more_than_a_megabyte_arrives_whole() {
                messages::long_reply::<$bench>().await;
            }
        }
    };
}

conformance!(over_a_stream_in_this_process, duplex::Duplex);
conformance!(over_a_tcp_socket, tcp::Tcp);
#[cfg(target_os = "linux")]
conformance!(over_a_serial_line, serial::Serial);

conformance!(over_vxi11, vxi11::Vxi11);
messages!(beyond_a_stream_over_vxi11, vxi11::Vxi11);
conformance!(over_vxi11_through_a_portmapper, vxi11::Mapped);
messages!(beyond_a_stream_over_vxi11_through_a_portmapper, vxi11::Mapped);
conformance!(over_hislip, hislip::Hislip<false>);
messages!(beyond_a_stream_over_hislip, hislip::Hislip<false>);
conformance!(over_overlapped_hislip, hislip::Hislip<true>);
messages!(beyond_a_stream_over_overlapped_hislip, hislip::Hislip<true>);
conformance!(over_a_prologix, gateway::Box488<gateway::Prologix>);
messages!(beyond_a_stream_over_a_prologix, gateway::Box488<gateway::Prologix>);
conformance!(over_an_ar488, gateway::Box488<gateway::Ar488>);
messages!(beyond_a_stream_over_an_ar488, gateway::Box488<gateway::Ar488>);
#[cfg(target_os = "linux")]
conformance!(over_a_prologix_on_a_serial_line, gateway::SerialBox<gateway::Prologix>);
#[cfg(target_os = "linux")]
messages!(beyond_a_stream_over_a_prologix_on_a_serial_line, gateway::SerialBox<gateway::Prologix>);
#[cfg(target_os = "linux")]
conformance!(over_an_ar488_on_a_serial_line, gateway::SerialBox<gateway::Ar488>);
#[cfg(target_os = "linux")]
messages!(beyond_a_stream_over_an_ar488_on_a_serial_line, gateway::SerialBox<gateway::Ar488>);
conformance!(over_usbtmc, usbtmc::Usb<true>);
messages!(beyond_a_stream_over_usbtmc, usbtmc::Usb<true>);
conformance!(over_usbtmc_at_full_speed, usbtmc::Usb<false>);
messages!(beyond_a_stream_over_usbtmc_at_full_speed, usbtmc::Usb<false>);

#[tokio::test]
async fn a_lock_over_vxi11_keeps_others_out_until_it_is_let_go() {
    messages::locks::<vxi11::Vxi11>().await;
}

#[tokio::test]
async fn a_lock_over_vxi11_through_a_portmapper_keeps_others_out_until_it_is_let_go() {
    messages::locks::<vxi11::Mapped>().await;
}

#[tokio::test]
async fn a_lock_over_hislip_keeps_others_out_until_it_is_let_go() {
    messages::locks::<hislip::Hislip<false>>().await;
}

#[tokio::test]
async fn a_lock_over_overlapped_hislip_keeps_others_out_until_it_is_let_go() {
    messages::locks::<hislip::Hislip<true>>().await;
}

#[tokio::test]
async fn two_instruments_behind_a_prologix_get_each_its_own_replies() {
    gateway::two_instruments::<gateway::Prologix>().await;
}

#[tokio::test]
async fn two_instruments_behind_an_ar488_get_each_its_own_replies() {
    gateway::two_instruments::<gateway::Ar488>().await;
}

#[tokio::test]
async fn two_sessions_to_one_instrument_behind_a_prologix_take_turns() {
    gateway::turns::<gateway::Prologix>().await;
}

#[tokio::test]
async fn two_sessions_to_one_instrument_behind_an_ar488_take_turns() {
    gateway::turns::<gateway::Ar488>().await;
}
