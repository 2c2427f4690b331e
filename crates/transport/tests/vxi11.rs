//! VXI-11, against an instrument that is played byte by byte.

mod lan;

use lan::{LIMIT, vxi11::*};
use tokio::{net::UdpSocket, time::timeout};
use transport::{
    LinkError, Session, SessionOptions, Transport,
    vxi11::{Lock, Vxi11Options, connect},
};

#[tokio::test]
async fn a_query_is_a_write_with_end_and_reads_until_end() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    tokio::join!(
        async {
            link.send(b"*IDN?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"KEITHLEY,2450");
        },
        async {
            core.takes(b"*IDN?\n").await;
            core.gives(REQCNT, b"KEITH").await;
            let silent = core.expects(READ).await;
            assert_eq!((silent.word(0), silent.word(2), silent.word(4)), (LINK, 500, 0));
            core.answers(&silent, &read_results(15, 0, b"")).await;
            core.gives(END, b"LEY,2450\n").await;
        }
    );
}

#[tokio::test]
async fn create_link_says_what_was_asked_for() {
    let instrument = Instrument::new().await;
    let wait = LIMIT;
    let options = Vxi11Options { lock: Lock::Exclusive { wait }, ..instrument.options() };
    let (link, ()) = tokio::join!(connect("127.0.0.1", "gpib0,24", &options, LIMIT), async {
        let mut core = instrument.accepts().await;
        let call = core.expects(CREATE_LINK).await;
        assert_eq!((call.word(1), call.word(2), call.opaque(3)), (1, 5000, &b"gpib0,24"[..]));
        core.answers(&call, &words(&[11, 0, 0, 0])).await;
    });
    let error = link.unwrap_err();
    assert!(matches!(error, LinkError::Locked { .. }), "{error:?}");
    assert!(error.to_string().starts_with("TCPIP0::127.0.0.1::gpib0,24::INSTR: another client"));
}

#[tokio::test]
async fn every_error_code_has_its_meaning() {
    for (code, meaning) in [
        (1, "syntax error"),
        (3, "device not accessible"),
        (4, "invalid link identifier"),
        (5, "parameter error"),
        (6, "channel not established"),
        (8, "operation not supported"),
        (9, "out of resources"),
        (12, "no lock held by this link"),
        (15, "I/O timeout"),
        (17, "I/O error"),
        (21, "invalid address"),
        (23, "abort"),
        (29, "channel already established"),
        (99, "does not know"),
    ] {
        let instrument = Instrument::new().await;
        let options = instrument.options();
        let (link, ()) = tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
            let mut core = instrument.accepts().await;
            let call = core.expects(CREATE_LINK).await;
            core.answers(&call, &words(&[code, 0, 0, 0])).await;
        });
        let sentence = link.unwrap_err().to_string();
        let begin = format!("VXI-11: create_link was refused with code {code} (");
        assert!(sentence.starts_with(&begin) && sentence.contains(meaning), "{sentence}");
    }
}

#[tokio::test]
async fn a_long_message_is_split_and_what_was_not_taken_is_sent_again() {
    let mut instrument = Instrument::new().await;
    instrument.largest = 1024;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    let message = vec![b'x'; 2500];
    let expected = [&message[..], b"\n"].concat();
    tokio::join!(async { link.send(&message).await.unwrap() }, async {
        let mut taken = Vec::new();
        for (sent, accepted, end) in [
            (1024, 1024, false),
            (1024, 100, false),
            (1024, 1024, false),
            (353, 1, true),
            (352, 352, true),
        ] {
            let call = core.expects(WRITE).await;
            let data = call.opaque(4);
            assert_eq!((data.len(), call.word(3) & 8 != 0), (sent, end));
            taken.extend_from_slice(&data[..accepted]);
            core.answers(&call, &words(&[0, accepted as u32])).await;
        }
        assert_eq!(taken, expected);
    });
}

#[tokio::test]
async fn a_write_that_takes_nothing_or_too_much_is_no_write() {
    for taken in [0, 5] {
        let instrument = Instrument::new().await;
        let (mut link, mut core) = instrument.open(&instrument.options()).await;
        let (sent, ()) = tokio::join!(link.send(b"abc"), async {
            let call = core.expects(WRITE).await;
            core.answers(&call, &words(&[0, taken])).await;
        });
        let sentence = sent.unwrap_err().to_string();
        assert!(sentence.ends_with(&format!("found {taken} of 4 bytes taken")), "{sentence}");
    }
}

#[tokio::test]
async fn a_reply_torn_at_every_byte_and_cut_into_fragments_is_whole() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    core.0.set_nodelay(true).unwrap();
    for cut in 0..48 {
        tokio::join!(async { assert_eq!(link.receive().await.unwrap(), b"#13\n\n\n") }, async {
            let call = core.expects(READ).await;
            let reply = success(call.xid, &read_results(0, END, b"#13\n\n\n\n"));
            let cut = cut.min(reply.len());
            let empty = fragment(b"", false);
            let pieces =
                [empty, fragment(&reply[..cut], false), fragment(&reply[cut..], true)].concat();
            for byte in pieces {
                core.says(&[byte]).await;
            }
        });
    }
}

#[tokio::test]
async fn the_reply_to_another_call_is_never_taken() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    tokio::join!(async { assert_eq!(link.receive().await.unwrap(), b"right") }, async {
        let call = core.expects(READ).await;
        let wrong = success(call.xid.wrapping_sub(1), &read_results(0, END, b"wrong\n"));
        core.says(&fragment(&wrong, true)).await;
        core.answers(&call, &read_results(0, END, b"right\n")).await;
    });
}

#[tokio::test]
async fn a_dropped_receive_goes_on_where_it_was() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let call = core.expects(READ).await;
    core.answers(&call, &read_results(0, REQCNT, b"first ")).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    tokio::join!(async { assert_eq!(link.receive().await.unwrap(), b"first second") }, async {
        core.gives(END, b"second\n").await;
    });
}

#[tokio::test]
async fn an_urgent_message_aborts_the_read_that_is_in_its_way() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let read = core.expects(READ).await;
    tokio::join!(async { link.send(b":OUTP OFF").await.unwrap() }, async {
        instrument.aborts(0).await;
        core.answers(&read, &read_results(23, 0, b"")).await;
        core.takes(b":OUTP OFF\n").await;
    });
    // The reply may have been cut: nothing is handed out until the link is cleared.
    assert!(timeout(SHORT, link.receive()).await.is_err());
    tokio::join!(
        async {
            link.clear().await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"1");
        },
        async {
            let call = core.expects(CLEAR).await;
            assert_eq!(call.word(0), LINK);
            core.answers(&call, &words(&[0])).await;
            core.gives(END, b"1\n").await;
        }
    );
}

#[tokio::test]
async fn a_reply_that_is_whole_before_the_abort_is_kept() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let read = core.expects(READ).await;
    tokio::join!(async { link.send(b":OUTP OFF").await.unwrap() }, async {
        instrument.aborts(0).await;
        core.answers(&read, &read_results(0, END, b"1.5\n")).await;
        core.takes(b":OUTP OFF\n").await;
    });
    assert_eq!(link.receive().await.unwrap(), b"1.5");
}

#[tokio::test]
async fn without_an_abort_channel_the_slice_ends_and_the_reply_is_still_to_come() {
    let instrument = Instrument::new().await;
    let options = instrument.options();
    let (link, mut core) = tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
        let mut core = instrument.accepts().await;
        let call = core.expects(CREATE_LINK).await;
        core.answers(&call, &words(&[0, LINK, 0, 4096])).await;
        core
    });
    let mut link = link.unwrap();
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let read = core.expects(READ).await;
    tokio::join!(
        async {
            link.send(b":OUTP OFF").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"1.5");
        },
        async {
            core.answers(&read, &read_results(15, 0, b"")).await;
            core.takes(b":OUTP OFF\n").await;
            core.gives(END, b"1.5\n").await;
        }
    );
}

#[tokio::test]
async fn a_late_reply_is_not_that_of_the_next_query() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let read = core.expects(READ).await;
    tokio::join!(
        async {
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"b");
        },
        async {
            instrument.aborts(0).await;
            core.answers(&read, &read_results(0, END, b"a\n")).await;
            core.takes(b"B?\n").await;
            core.gives(END, b"b\n").await;
        }
    );
}

#[tokio::test]
async fn the_status_byte_is_read_while_a_reply_is_outstanding() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    let read = core.expects(READ).await;
    tokio::join!(
        async {
            assert_eq!(link.status_byte().await.unwrap(), Some(0x51));
            assert_eq!(link.receive().await.unwrap(), b"1");
        },
        async {
            let poll = core.expects(READSTB).await;
            core.answers(&read, &read_results(0, END, b"1\n")).await;
            core.answers(&poll, &words(&[0, 0x51])).await;
        }
    );
}

#[tokio::test]
async fn triggers_locks_and_remote_control_are_calls_of_their_own() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    tokio::join!(
        async {
            assert!(link.trigger().await.unwrap());
            assert!(!link.trigger().await.unwrap());
            link.lock(LIMIT).await.unwrap();
            link.unlock().await.unwrap();
            assert_eq!(code(&link.unlock().await.unwrap_err()), 12);
            link.remote(true).await.unwrap();
            link.remote(false).await.unwrap();
        },
        async {
            for (procedure, error) in [
                (TRIGGER, 0),
                (TRIGGER, 8),
                (LOCK, 0),
                (UNLOCK, 0),
                (UNLOCK, 12),
                (REMOTE, 0),
                (LOCAL, 0),
            ] {
                let call = core.expects(procedure).await;
                assert_eq!(call.word(0), LINK);
                if procedure == LOCK {
                    assert_eq!((call.word(1), call.word(2)), (1, 5000));
                }
                core.answers(&call, &words(&[error])).await;
            }
        }
    );
}

#[tokio::test]
async fn a_reply_without_end_is_given_up_at_16_mib() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    let (reply, ()) = tokio::join!(link.receive(), async {
        let data = vec![b'1'; 1 << 20];
        for _ in 0..16 {
            core.gives(REQCNT, &data).await;
        }
        core.gives(REQCNT, b"1").await;
    });
    let error = reply.unwrap_err();
    assert!(matches!(error, LinkError::Endless { limit: 16_777_216 }), "{error:?}");
}

#[tokio::test]
async fn hostile_replies_break_the_link_with_a_sentence() {
    let giant = words(&[0x7fff_ffff]);
    let no_reply = fragment(b"HTTP/1.1 400 Bad", true);
    let short = |xid| fragment(&success(xid, &words(&[0])), true);
    for (bytes, expected) in [
        (giant, "ONC RPC: expected a record of at most 16 MiB of data"),
        (no_reply, "ONC RPC: expected a reply of version 2"),
    ] {
        let instrument = Instrument::new().await;
        let (mut link, mut core) = instrument.open(&instrument.options()).await;
        let (reply, ()) = tokio::join!(link.receive(), async {
            core.expects(READ).await;
            core.says(&bytes).await;
        });
        let sentence = reply.unwrap_err().to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
    }
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    let (reply, ()) = tokio::join!(link.receive(), async {
        let call = core.expects(READ).await;
        core.says(&short(call.xid)).await;
    });
    assert!(reply.unwrap_err().to_string().contains("4 bytes, which is too short"));
}

#[tokio::test]
async fn refused_calls_are_explained() {
    for (status, expected) in [
        (&[1, 0, 0, 0, 1][..], "PROG_UNAVAIL"),
        (&[1, 0, 0, 0, 2, 1, 1], "PROG_MISMATCH"),
        (&[1, 0, 0, 0, 3], "PROC_UNAVAIL"),
        (&[1, 0, 0, 0, 4], "GARBAGE_ARGS"),
        (&[1, 0, 0, 0, 5], "SYSTEM_ERR"),
        (&[1, 1, 0, 2, 2], "RPC_MISMATCH"),
        (&[1, 1, 1, 5], "AUTH_ERROR"),
    ] {
        let instrument = Instrument::new().await;
        let options = instrument.options();
        let (link, ()) = tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
            let mut core = instrument.accepts().await;
            let call = core.expects(CREATE_LINK).await;
            let reply = [&[call.xid], status].concat();
            core.says(&fragment(&words(&reply), true)).await;
        });
        let sentence = link.unwrap_err().to_string();
        assert!(sentence.contains(expected), "{sentence}");
    }
}

#[tokio::test]
async fn a_closed_connection_is_noticed_while_idle_and_in_mid_reply() {
    let instrument = Instrument::new().await;
    let (mut link, core) = instrument.open(&instrument.options()).await;
    drop(core);
    assert!(matches!(link.unsolicited().await, Err(LinkError::Closed)));

    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    let (reply, ()) = tokio::join!(link.receive(), async move {
        let call = core.expects(READ).await;
        let reply = fragment(&success(call.xid, &read_results(0, END, b"1.25\n")), true);
        core.says(&reply[..reply.len() - 3]).await;
    });
    assert!(matches!(reply, Err(LinkError::Closed)), "{reply:?}");
}

#[tokio::test]
async fn a_dropped_link_is_destroyed() {
    let instrument = Instrument::new().await;
    let (link, mut core) = instrument.open(&instrument.options()).await;
    drop(link);
    let call = core.expects(DESTROY_LINK).await;
    assert_eq!(call.word(0), LINK);
    core.answers(&call, &words(&[0])).await;
    assert!(core.hears().await.is_none());

    let (link, mut core) = instrument.open(&instrument.options()).await;
    tokio::join!(async { link.close().await.unwrap() }, async {
        let call = core.expects(DESTROY_LINK).await;
        core.answers(&call, &words(&[0])).await;
        assert!(core.hears().await.is_none());
    });
}

#[tokio::test]
async fn a_dropped_link_ends_its_read_first() {
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    core.expects(READ).await;
    drop(link);
    core.expects(DESTROY_LINK).await;
}

#[tokio::test]
async fn a_service_request_is_a_call_to_us() {
    let instrument = Instrument::new().await;
    let options = Vxi11Options { service_requests: true, ..instrument.options() };
    let (link, (mut core, mut interrupts, handle)) =
        tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), instrument.calls_back());
    let mut link = link.unwrap();
    interrupts.says(&service_request(1, b"somebody else's")).await;
    interrupts.says(&service_request(2, &handle)).await;
    link.service_request().await.unwrap();
    assert!(timeout(SHORT, link.service_request()).await.is_err());
    // Both calls are answered, for servers that wait for it.
    for xid in [1, 2] {
        interrupts.is_answered(xid).await;
    }
    drop(link);
    core.expects(DESTROY_INTR_CHAN).await;
    core.expects(DESTROY_LINK).await;
}

#[tokio::test]
async fn a_server_that_calls_for_service_in_mid_call_is_answered() {
    let instrument = Instrument::new().await;
    let options = Vxi11Options { service_requests: true, ..instrument.options() };
    let (link, (mut core, mut interrupts, handle)) =
        tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), instrument.calls_back());
    let mut link = link.unwrap();
    tokio::join!(
        async {
            link.send(b"*OPC").await.unwrap();
            link.service_request().await.unwrap();
        },
        async {
            let call = core.expects(WRITE).await;
            interrupts.says(&service_request(7, &handle)).await;
            interrupts.is_answered(7).await;
            core.answers(&call, &words(&[0, 5])).await;
        }
    );
    tokio::join!(async { link.close().await.unwrap() }, async {
        let call = core.expects(DESTROY_INTR_CHAN).await;
        core.answers(&call, &words(&[0])).await;
        core.expects(DESTROY_LINK).await;
        // It hangs up instead of answering.
        drop(core);
    });
}

#[test]
fn a_link_may_outlive_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (link, core) = runtime.block_on(async {
        let instrument = Instrument::new().await;
        instrument.open(&instrument.options()).await
    });
    let mut core = core.0.into_std().unwrap();
    drop(runtime);
    drop(link);
    // What leaves without a runtime is up to the system; the connection ends.
    core.set_nonblocking(false).unwrap();
    std::io::Read::read_to_end(&mut core, &mut Vec::new()).unwrap();
}

#[tokio::test]
async fn the_portmapper_is_asked_over_tcp() {
    let instrument = Instrument::new().await;
    let portmapper = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let options = Vxi11Options {
        core_port: None,
        portmapper_port: portmapper.local_addr().unwrap().port(),
        ..instrument.options()
    };
    let (link, _core) = tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
        let (stream, _) = portmapper.accept().await.unwrap();
        let mut stream = Core(stream);
        let mark = tokio::io::AsyncReadExt::read_u32(&mut stream.0).await.unwrap();
        assert_eq!(mark, 0x8000_0038);
        let mut call = [0; 56];
        tokio::io::AsyncReadExt::read_exact(&mut stream.0, &mut call).await.unwrap();
        assert_eq!(call[4..], words(&[0, 2, 100_000, 2, 3, 0, 0, 0, 0, 0x0607af, 1, 6, 0])[..]);
        let xid = u32::from_be_bytes(call[..4].try_into().unwrap());
        let port = u32::from(instrument.core.local_addr().unwrap().port());
        stream.says(&fragment(&success(xid, &words(&[port])), true)).await;
        let mut core = instrument.accepts().await;
        let call = core.expects(CREATE_LINK).await;
        core.answers(&call, &instrument.created()).await;
        core
    });
    link.unwrap();
}

#[tokio::test]
async fn the_portmapper_is_asked_over_udp_where_tcp_is_shut() {
    let instrument = Instrument::new().await;
    let portmapper = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let options = Vxi11Options {
        core_port: None,
        portmapper_port: portmapper.local_addr().unwrap().port(),
        ..instrument.options()
    };
    let (link, ()) = tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
        let mut call = [0; 100];
        let (length, client) = portmapper.recv_from(&mut call).await.unwrap();
        assert_eq!(length, 56);
        let xid = u32::from_be_bytes(call[..4].try_into().unwrap());
        portmapper.send_to(&success(xid ^ 1, &words(&[9])), client).await.unwrap();
        portmapper.send_to(&success(xid, &words(&[0])), client).await.unwrap();
    });
    let sentence = link.unwrap_err().to_string();
    assert!(sentence.contains("knows of no VXI-11"), "{sentence}");
}

#[tokio::test]
async fn refused_and_mute_instruments_are_named_with_what_to_check() {
    let instrument = Instrument::new().await;
    let options = instrument.options();
    drop(instrument);
    let sentence = connect("127.0.0.1", "inst0", &options, LIMIT).await.unwrap_err().to_string();
    assert!(
        sentence.contains("core channel at port") && sentence.contains("LAN settings"),
        "{sentence}"
    );

    let unheard = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let portmapper_port = unheard.local_addr().unwrap().port();
    drop(unheard);
    let options = Vxi11Options { core_port: None, portmapper_port, ..Vxi11Options::default() };
    let sentence = connect("127.0.0.1", "inst0", &options, LIMIT).await.unwrap_err().to_string();
    assert!(sentence.contains("no portmapper answers there"), "{sentence}");

    let mute = Instrument::new().await;
    let error = connect("127.0.0.1", "inst0", &mute.options(), SHORT).await.unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_session_recovers_from_a_lost_reply_by_a_device_clear() {
    let instrument = Instrument::new().await;
    let (link, mut core) = instrument.open(&instrument.options()).await;
    let session = Session::spawn(link, SessionOptions::default());
    tokio::join!(
        async {
            session.query("SLOW?", SHORT).await.unwrap_err();
            assert_eq!(session.query("FAST?", LIMIT).await.unwrap(), b"fast");
            session.close().await;
        },
        async {
            core.takes(b"SLOW?\n").await;
            let read = core.expects(READ).await;
            instrument.aborts(0).await;
            core.answers(&read, &read_results(23, 0, b"")).await;
            let call = core.expects(CLEAR).await;
            core.answers(&call, &words(&[0])).await;
            core.takes(b"*ESE?\n").await;
            core.gives(END, b"0\n").await;
            core.takes(b"*ESE?;*ESE?;*ESE?;*ESE?\n").await;
            core.gives(END, b"0;0;0;0\n").await;
            core.takes(b"FAST?\n").await;
            core.gives(END, b"fast\n").await;
            core.expects(DESTROY_LINK).await;
        }
    );
}

/// A server that has read and write, and refuses everything else.
#[tokio::test]
async fn an_instrument_without_clear_status_byte_and_trigger_is_not_given_up() {
    for unknown_to_rpc in [false, true] {
        let instrument = Instrument::new().await;
        let (mut link, mut core) = instrument.open(&instrument.options()).await;
        assert!(link.clears_device());
        tokio::join!(
            async {
                link.clear().await.unwrap();
                assert!(!link.clears_device());
                // It is not asked again.
                link.clear().await.unwrap();
                assert_eq!(link.status_byte().await.unwrap(), None);
                assert!(!link.trigger().await.unwrap());
                link.send(b"A?").await.unwrap();
                assert_eq!(link.receive().await.unwrap(), b"a");
            },
            async {
                for procedure in [CLEAR, READSTB, TRIGGER] {
                    let call = core.expects(procedure).await;
                    if unknown_to_rpc {
                        let refusal = words(&[call.xid, 1, 0, 0, 0, 3]);
                        core.says(&fragment(&refusal, true)).await;
                    } else {
                        core.answers(&call, &words(&[8])).await;
                    }
                }
                core.takes(b"A?\n").await;
                core.gives(END, b"a\n").await;
            }
        );
    }
}

/// Such servers read line by line, whatever the flags say.
#[tokio::test]
async fn a_reply_that_ends_with_chr_alone_ends_at_its_line_feed() {
    const CHR: u32 = 2;
    let instrument = Instrument::new().await;
    let (mut link, mut core) = instrument.open(&instrument.options()).await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"+1.0");
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"#15a\nb\nc");
            for _ in 0..2 {
                link.send(b"C?").await.unwrap();
                assert_eq!(link.receive().await.unwrap(), b"1\n2");
            }
        },
        async {
            core.takes(b"A?\n").await;
            core.gives(CHR, b"+1.0\r\n").await;
            core.takes(b"B?\n").await;
            // A line feed that is data ends nothing.
            core.gives(CHR, b"#15a\n").await;
            core.gives(CHR, b"b\n").await;
            core.gives(CHR, b"c\n").await;
            // Nor does any from one that is known to say END.
            core.takes(b"C?\n").await;
            core.gives(END, b"1\n2\n").await;
            core.takes(b"C?\n").await;
            core.gives(CHR, b"1\n").await;
            core.gives(END | CHR, b"2\n").await;
        }
    );
}

#[tokio::test]
async fn any_maximum_size_and_no_abort_channel_will_do() {
    for (largest, first) in [(0, 7), (1, 1), (1 << 31, 7)] {
        let instrument = Instrument::new().await;
        let options = instrument.options();
        let (link, mut core) =
            tokio::join!(connect("127.0.0.1", "inst0", &options, LIMIT), async {
                let mut core = instrument.accepts().await;
                let call = core.expects(CREATE_LINK).await;
                core.answers(&call, &words(&[0, LINK, 0, largest])).await;
                core
            });
        let mut link = link.unwrap();
        tokio::join!(
            async {
                link.send(b"*TRG;*A").await.unwrap_err();
            },
            async {
                let call = core.expects(WRITE).await;
                assert_eq!(call.opaque(4).len().min(7), first);
                core.answers(&call, &words(&[17, 0])).await;
            }
        );
    }
}
