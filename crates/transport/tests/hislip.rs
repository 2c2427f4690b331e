//! HiSLIP, against an instrument that is played byte by byte.

mod lan;

use std::time::Duration;

use lan::{LIMIT, hislip::*};
use tokio::time::timeout;
use transport::{
    LinkError, Session, SessionOptions, Transport,
    hislip::{HislipOptions, Lock, Mode, connect},
};

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn messages_are_numbered_and_the_first_after_a_reply_says_that_it_was_delivered() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    assert_eq!((link.version(), link.depth()), ((2, 0), 1));
    tokio::join!(
        async {
            link.send(b"*IDN?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"KEITHLEY,2450");
            link.send(b"*CLS").await.unwrap();
            assert!(link.trigger().await.unwrap());
            link.send(b"*OPC?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"1");
            assert_eq!(link.status_byte().await.unwrap(), Some(0x40));
            link.send(b"*WAI").await.unwrap();
        },
        async {
            assert_eq!(sync.takes("*IDN?").await, (0, FIRST));
            sync.says(DATA, 0, FIRST, b"KEITH").await;
            sync.says(DATA, 0, 0xffff_ffff, b"LEY").await;
            sync.says(DATA_END, 0, FIRST, b",2450\n").await;
            assert_eq!(sync.takes("*CLS").await, (1, FIRST + 2));
            let trigger = sync.expects(TRIGGER).await;
            assert_eq!((trigger.control, trigger.parameter), (0, FIRST + 4));
            assert_eq!(sync.takes("*OPC?").await, (0, FIRST + 6));
            sync.says(DATA_END, 0, FIRST + 6, b"1\n").await;
            let query = asynchronous.expects(STATUS_QUERY).await;
            assert_eq!((query.control, query.parameter), (1, FIRST + 6));
            asynchronous.says(STATUS_RESPONSE, 0x40, 0, b"").await;
            assert_eq!(sync.takes("*WAI").await, (0, FIRST + 8));
        }
    );
}

#[tokio::test]
async fn message_ids_wrap_around() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    for at in 0..200_u32 {
        tokio::join!(
            async {
                link.send(b"A?").await.unwrap();
                assert_eq!(link.receive().await.unwrap(), b"a");
            },
            async {
                let (_, id) = sync.takes("A?").await;
                assert_eq!(id, FIRST.wrapping_add(2 * at));
                sync.says(DATA_END, 0, id, b"a\n").await;
            }
        );
    }
}

#[tokio::test]
async fn the_reply_to_another_message_is_never_handed_out() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            assert!(timeout(SHORT, link.receive()).await.is_err());
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"b");
        },
        async {
            sync.takes("A?").await;
            sync.says(DATA, 0, FIRST, b"half of ").await;
            sync.takes("B?").await;
            sync.says(DATA_END, 0, FIRST, b"a\n").await;
            sync.says(DATA, 0, FIRST + 4, b"never asked").await;
            sync.says(DATA_END, 0, 0xffff_ffff, b"nobody's\n").await;
            sync.says(DATA_END, 0, FIRST + 2, b"b\n").await;
        }
    );
}

#[tokio::test]
async fn a_late_reply_is_noise_while_idle() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            assert_eq!(link.unsolicited().await.unwrap(), b"a\n");
        },
        async {
            sync.takes("A?").await;
            sync.says(DATA_END, 0, FIRST, b"a\n").await;
        }
    );
}

#[tokio::test]
async fn a_reply_torn_at_every_byte_is_whole_however_often_it_is_asked_for() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    sync.0.set_nodelay(true).unwrap();
    let (reply, ()) = tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            loop {
                // Every future but the last is dropped.
                if let Ok(reply) = timeout(Duration::from_millis(1), link.receive()).await {
                    break reply;
                }
            }
        },
        async {
            sync.takes("A?").await;
            let bytes =
                [message(DATA, 0, FIRST, b"#15\n\n"), message(DATA_END, 0, FIRST, b"\n\n\n\n")];
            for byte in bytes.concat() {
                tokio::io::AsyncWriteExt::write_all(&mut sync.0, &[byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    );
    assert_eq!(reply.unwrap(), b"#15\n\n\n\n\n");
}

#[tokio::test]
async fn a_long_message_is_split_to_what_the_server_accepts() {
    let mut instrument = Instrument::new().await;
    instrument.largest = 256 + 16;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    let text = "x".repeat(600);
    tokio::join!(async { link.send(text.as_bytes()).await.unwrap() }, async {
        let mut whole = Vec::new();
        for (at, kind, length) in [(0, DATA, 256), (1, DATA, 256), (2, DATA_END, 89)] {
            let part = sync.expects(kind).await;
            assert_eq!((part.parameter, part.payload.len()), (FIRST + 2 * at, length));
            whole.extend(part.payload);
        }
        assert_eq!(whole, format!("{text}\n").as_bytes());
    });
    // The reply carries the number of the message's last part.
    tokio::join!(async { assert_eq!(link.receive().await.unwrap(), b"ok") }, async {
        sync.says(DATA_END, 0, FIRST, b"no\n").await;
        sync.says(DATA_END, 0, FIRST + 4, b"ok\n").await;
    });
}

#[tokio::test]
async fn nothing_is_sent_between_the_two_messages_about_an_interruption() {
    for sync_first in [true, false] {
        let instrument = Instrument::new().await;
        let (mut link, mut sync, mut asynchronous) = instrument.open().await;
        link.send(b"A?").await.unwrap();
        link.send(b"B?").await.unwrap();
        sync.takes("A?").await;
        sync.takes("B?").await;
        if sync_first {
            sync.says(INTERRUPTED, 0, FIRST + 2, b"").await;
        } else {
            asynchronous.says(ASYNC_INTERRUPTED, 0, FIRST + 2, b"").await;
        }
        // Takes in what came.
        assert!(timeout(SHORT, link.receive()).await.is_err());
        let mut send = Box::pin(link.send(b"C?"));
        assert!(timeout(SHORT, &mut send).await.is_err());
        if sync_first {
            asynchronous.says(ASYNC_INTERRUPTED, 0, FIRST + 2, b"").await;
        } else {
            sync.says(INTERRUPTED, 0, FIRST + 2, b"").await;
        }
        send.await.unwrap();
        drop(link);
        sync.takes("C?").await;
    }
}

#[tokio::test]
async fn an_interruption_drops_what_was_half_received_but_not_the_new_reply() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            assert!(timeout(SHORT, link.receive()).await.is_err());
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"b");
        },
        async {
            sync.takes("A?").await;
            sync.says(DATA, 0, FIRST, b"half").await;
            sync.takes("B?").await;
            sync.says(INTERRUPTED, 0, FIRST + 2, b"").await;
            sync.says(DATA, 0, FIRST + 2, b"b").await;
            asynchronous.says(ASYNC_INTERRUPTED, 0, FIRST + 2, b"").await;
            sync.says(DATA_END, 0, FIRST + 2, b"\n").await;
        }
    );
}

#[tokio::test]
async fn two_interruptions_at_once_are_two_pairs() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    for text in [b"A?", b"B?", b"C?"] {
        link.send(text).await.unwrap();
    }
    for text in ["A?", "B?", "C?"] {
        sync.takes(text).await;
    }
    for id in [FIRST + 2, FIRST + 4] {
        sync.says(INTERRUPTED, 0, id, b"").await;
    }
    sync.says(DATA, 0, FIRST + 4, b"c").await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    for id in [FIRST + 2, FIRST + 4] {
        asynchronous.says(ASYNC_INTERRUPTED, 0, id, b"").await;
    }
    assert!(timeout(SHORT, link.receive()).await.is_err());
    sync.says(DATA_END, 0, FIRST + 4, b"\n").await;
    assert_eq!(link.receive().await.unwrap(), b"c");
    tokio::join!(async { link.send(b"D?").await.unwrap() }, async { sync.takes("D?").await });
}

#[tokio::test]
async fn a_device_clear_drops_everything_and_numbers_begin_again() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            link.clear().await.unwrap();
            link.service_request().await.unwrap();
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"b");
        },
        async {
            sync.takes("A?").await;
            let clear = asynchronous.expects(ASYNC_CLEAR).await;
            assert_eq!((clear.control, clear.parameter), (0, 0));
            // More than the sockets hold: the client has to read while it waits.
            for _ in 0..64 {
                sync.says(DATA, 0, FIRST, &[b'a'; 1 << 16]).await;
            }
            asynchronous.says(SERVICE_REQUEST, 0x40, 0, b"").await;
            asynchronous.says(ASYNC_CLEAR_ACKNOWLEDGE, 1, 0, b"").await;
            let complete = sync.expects(CLEAR_COMPLETE).await;
            assert_eq!(complete.control, 0);
            sync.says(DATA_END, 0, FIRST, b"a\n").await;
            sync.says(CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
            assert_eq!(sync.takes("B?").await, (0, FIRST));
            sync.says(DATA_END, 0, FIRST, b"b\n").await;
        }
    );
}

#[tokio::test]
async fn overlapped_mode_is_agreed_upon_by_a_clear_and_carries_several_queries() {
    for granted in [1, 0] {
        let instrument = Instrument::new().await;
        let options = HislipOptions { mode: Mode::Overlapped, ..HislipOptions::default() };
        let (link, (mut sync, mut asynchronous)) =
            tokio::join!(instrument.connects(&options), async {
                let (mut sync, mut asynchronous) = instrument.opens().await;
                asynchronous.expects(ASYNC_CLEAR).await;
                asynchronous.says(ASYNC_CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
                assert_eq!(sync.expects(CLEAR_COMPLETE).await.control, 1);
                sync.says(CLEAR_ACKNOWLEDGE, granted, 0, b"").await;
                (sync, asynchronous)
            });
        let mut link = link.unwrap();
        assert_eq!(link.depth() > 1, granted == 1);
        if granted == 0 {
            continue;
        }
        tokio::join!(
            async {
                for query in [b"A?", b"B?", b"C?"] {
                    link.send(query).await.unwrap();
                }
                for reply in [b"a", b"b", b"c"] {
                    assert_eq!(link.receive().await.unwrap(), reply);
                }
                assert_eq!(link.status_byte().await.unwrap(), Some(0));
            },
            async {
                for text in ["A?", "B?", "C?"] {
                    sync.takes(text).await;
                }
                // The server counts its own messages.
                sync.says(DATA, 0, FIRST, b"a").await;
                sync.says(DATA_END, 0, FIRST + 2, b"\n").await;
                sync.says(DATA_END, 0, FIRST + 4, b"b\n").await;
                sync.says(DATA_END, 0, FIRST + 6, b"c\n").await;
                let query = asynchronous.expects(STATUS_QUERY).await;
                assert_eq!(query.parameter, FIRST + 6);
                asynchronous.says(STATUS_RESPONSE, 0, 0, b"").await;
            }
        );
    }
}

#[tokio::test]
async fn a_server_that_prefers_overlapped_mode_is_asked_for_synchronized() {
    let mut instrument = Instrument::new().await;
    instrument.control = 1;
    let options = HislipOptions::default();
    let (link, _channels) = tokio::join!(instrument.connects(&options), async {
        let (mut sync, mut asynchronous) = instrument.opens().await;
        asynchronous.expects(ASYNC_CLEAR).await;
        asynchronous.says(ASYNC_CLEAR_ACKNOWLEDGE, 1, 0, b"").await;
        assert_eq!(sync.expects(CLEAR_COMPLETE).await.control, 0);
        sync.says(CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
        (sync, asynchronous)
    });
    assert!(!link.unwrap().is_overlapped());
}

#[tokio::test]
async fn version_1_is_spoken_with_those_that_know_no_other() {
    let mut instrument = Instrument::new().await;
    // Bits of version 2.0 mean nothing in 1.0.
    (instrument.version, instrument.control) = (0x0100, 0b110);
    let (link, _sync, _asynchronous) = instrument.open().await;
    assert_eq!(link.version(), (1, 0));
}

#[tokio::test]
async fn an_instrument_that_demands_encryption_is_explained() {
    for control in [0b010, 0b100] {
        let instrument = Instrument::new().await;
        let options = HislipOptions::default();
        let (link, ()) = tokio::join!(instrument.connects(&options), async {
            let mut sync = instrument.accepts().await;
            sync.expects(INITIALIZE).await;
            sync.says(1, control, 0x0200_0001, b"").await;
        });
        let sentence = link.unwrap_err().to_string();
        assert!(sentence.contains("encryption = demanded by the instrument"), "{sentence}");
    }
}

#[tokio::test]
async fn locks_are_taken_refused_and_let_go() {
    let instrument = Instrument::new().await;
    let wait = Duration::from_secs(2);
    let lock = Lock::Shared { key: "lab".to_owned(), wait };
    let options = HislipOptions { lock, ..HislipOptions::default() };
    let (link, (_sync, mut asynchronous)) = tokio::join!(instrument.connects(&options), async {
        let (sync, mut asynchronous) = instrument.opens().await;
        let asked = asynchronous.expects(LOCK).await;
        assert_eq!((asked.control, asked.parameter, &asked.payload[..]), (1, 2000, &b"lab"[..]));
        asynchronous.says(LOCK_RESPONSE, 1, 0, b"").await;
        (sync, asynchronous)
    });
    let mut link = link.unwrap();
    tokio::join!(
        async {
            link.unlock().await.unwrap();
            let error = link.lock(&Lock::Exclusive { wait }).await.unwrap_err();
            assert!(matches!(error, LinkError::Locked { .. }), "{error:?}");
            assert!(matches!(link.unlock().await, Err(LinkError::Declined { code: 3, .. })));
        },
        async {
            assert_eq!(asynchronous.expects(LOCK).await.control, 0);
            asynchronous.says(LOCK_RESPONSE, 2, 0, b"").await;
            assert_eq!(asynchronous.expects(LOCK).await.payload, b"");
            asynchronous.says(LOCK_RESPONSE, 0, 0, b"").await;
            asynchronous.expects(LOCK).await;
            asynchronous.says(LOCK_RESPONSE, 3, 0, b"").await;
        }
    );
}

#[tokio::test]
async fn remote_control_is_taken_and_given_back() {
    let instrument = Instrument::new().await;
    let (mut link, _sync, mut asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.remote(true).await.unwrap();
            link.remote(false).await.unwrap();
        },
        async {
            for control in [3, 6] {
                assert_eq!(asynchronous.expects(REMOTE_LOCAL).await.control, control);
                asynchronous.says(REMOTE_LOCAL_RESPONSE, 0, 0, b"").await;
            }
        }
    );
}

#[tokio::test]
async fn half_an_interruption_does_not_keep_an_output_on() {
    let instrument = Instrument::new().await;
    let answer_limit = SHORT;
    let options = HislipOptions { answer_limit, ..HislipOptions::default() };
    let (link, (mut sync, _asynchronous)) =
        tokio::join!(instrument.connects(&options), instrument.opens());
    let mut link = link.unwrap();
    link.send(b"A?").await.unwrap();
    sync.takes("A?").await;
    sync.says(INTERRUPTED, 0, FIRST + 2, b"").await;
    assert!(timeout(SHORT, link.receive()).await.is_err());
    tokio::join!(async { link.send(b":OUTP OFF").await.unwrap() }, async {
        sync.takes(":OUTP OFF").await;
    });
}

#[tokio::test]
async fn unknown_messages_are_answered_and_do_no_harm() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"a");
        },
        async {
            sync.takes("A?").await;
            sync.says(200, 7, 7, b"a vendor's").await;
            sync.says(99, 0, 0, b"").await;
            asynchronous.says(200, 7, 7, b"a vendor's").await;
            assert_eq!(asynchronous.expects(ERROR).await.control, 3);
            assert_eq!(sync.expects(ERROR).await.control, 3);
            assert_eq!(sync.expects(ERROR).await.control, 1);
            sync.says(DATA_END, 0, FIRST, b"a\n").await;
        }
    );
}

#[tokio::test]
async fn a_flood_of_unknown_messages_is_not_answered_without_end() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    link.send(b"A?").await.unwrap();
    tokio::join!(async { assert_eq!(link.receive().await.unwrap(), b"a") }, async {
        // More than the sockets hold of answers that nobody reads.
        let unknown = message(99, 0, 0, b"").repeat(1 << 12);
        for _ in 0..128 {
            tokio::io::AsyncWriteExt::write_all(&mut sync.0, &unknown).await.unwrap();
        }
        sync.says(DATA_END, 0, FIRST, b"a\n").await;
    });
}

#[tokio::test]
async fn errors_of_the_instrument_end_the_link_with_their_meaning() {
    for (kind, code, meaning) in [
        (ERROR, 4, "message too large"),
        (ERROR, 2, "unrecognized control code"),
        (FATAL, 1, "poorly formed message header"),
        (FATAL, 4, "maximum number of clients exceeded"),
    ] {
        let instrument = Instrument::new().await;
        let (mut link, mut sync, _asynchronous) = instrument.open().await;
        sync.says(kind, code, 0, b"in its own words").await;
        let error = link.receive().await.unwrap_err();
        assert!(matches!(error, LinkError::Declined { protocol: "HiSLIP", .. }), "{error:?}");
        assert!(error.to_string().contains(meaning), "{error}");
    }
}

#[tokio::test]
async fn hostile_bytes_end_the_link_without_room_being_made() {
    for (bytes, expected) in [
        (&b"HS\x07\0\xff\xff\xff\0\xff\xff\xff\xff\xff\xff\xff\xff"[..], "at most 16 MiB"),
        (b"HS\x07\0\xff\xff\xff\0\0\0\0\0\x01\0\0\x01", "at most 16 MiB"),
        (b"KEITHLEY,2450\n", "begins with HS"),
    ] {
        let instrument = Instrument::new().await;
        let (mut link, mut sync, _asynchronous) = instrument.open().await;
        tokio::io::AsyncWriteExt::write_all(&mut sync.0, bytes).await.unwrap();
        let sentence = link.receive().await.unwrap_err().to_string();
        assert!(sentence.contains(expected), "{sentence}");
        // The instrument is told.
        assert_eq!(sync.expects(FATAL).await.control, 1);
    }
}

#[tokio::test]
async fn a_reply_longer_than_16_mib_is_dropped_and_the_next_one_is_not() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.send(b"A?").await.unwrap();
            let error = link.receive().await.unwrap_err();
            assert!(matches!(error, LinkError::Endless { limit: 16_777_216 }), "{error:?}");
            link.send(b"B?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"b");
        },
        async {
            sync.takes("A?").await;
            let part = vec![b'a'; 1 << 20];
            for _ in 0..17 {
                sync.says(DATA, 0, FIRST, &part).await;
            }
            sync.says(DATA_END, 0, FIRST, b"\n").await;
            let (_, id) = sync.takes("B?").await;
            sync.says(DATA_END, 0, id, b"b\n").await;
        }
    );
}

#[tokio::test]
async fn the_end_of_either_channel_is_the_end_of_the_link() {
    let instrument = Instrument::new().await;
    let (mut link, sync, _asynchronous) = instrument.open().await;
    drop(sync);
    assert!(matches!(link.receive().await, Err(LinkError::Closed)));

    let (mut link, _sync, asynchronous) = instrument.open().await;
    drop(asynchronous);
    assert!(matches!(link.unsolicited().await, Err(LinkError::Closed)));

    let (mut link, mut sync, _asynchronous) = instrument.open().await;
    let half = &message(DATA_END, 0, FIRST, b"1.25\n")[..19];
    tokio::io::AsyncWriteExt::write_all(&mut sync.0, half).await.unwrap();
    drop(sync);
    assert!(matches!(link.receive().await, Err(LinkError::Closed)));
}

#[tokio::test]
async fn whoever_does_not_answer_is_named_with_what_to_check() {
    let instrument = Instrument::new().await;
    let port = instrument.port();
    let options = HislipOptions::default();
    let error = connect("127.0.0.1", "hislip0", port, &options, SHORT).await.unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer { .. }), "{error:?}");

    let (link, _sync) =
        tokio::join!(connect("127.0.0.1", "hislip0", port, &options, LIMIT / 10), async {
            // The connection of before is still waiting.
            drop(instrument.accepts().await);
            let mut sync = instrument.accepts().await;
            sync.expects(INITIALIZE).await;
            sync.says(1, 0, 0x0100_0001, b"").await;
            (sync, instrument.accepts().await.0)
        });
    let sentence = link.unwrap_err().to_string();
    assert!(sentence.contains("expected AsyncInitializeResponse"), "{sentence}");

    drop(instrument);
    let error = connect("127.0.0.1", "hislip0", port, &options, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("check that the instrument has HiSLIP"), "{error}");
}

#[tokio::test]
async fn a_server_that_refuses_the_session_says_why() {
    let instrument = Instrument::new().await;
    let options = HislipOptions::default();
    let (link, ()) = tokio::join!(instrument.connects(&options), async {
        let mut sync = instrument.accepts().await;
        sync.expects(INITIALIZE).await;
        sync.says(FATAL, 4, 0, b"busy").await;
    });
    let sentence = link.unwrap_err().to_string();
    assert!(sentence.contains("maximum number of clients exceeded"), "{sentence}");
}

#[tokio::test]
async fn a_session_recovers_from_a_lost_reply_by_a_device_clear() {
    let instrument = Instrument::new().await;
    let (link, mut sync, mut asynchronous) = instrument.open().await;
    let session = Session::spawn(link, SessionOptions::default());
    tokio::join!(
        async {
            session.query("SLOW?", SHORT).await.unwrap_err();
            assert_eq!(session.query("FAST?", LIMIT).await.unwrap(), b"fast");
            session.close().await;
        },
        async {
            sync.takes("SLOW?").await;
            asynchronous.expects(ASYNC_CLEAR).await;
            asynchronous.says(ASYNC_CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
            sync.expects(CLEAR_COMPLETE).await;
            sync.says(DATA_END, 0, FIRST, b"slow\n").await;
            sync.says(CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
            for (text, reply) in [
                ("*ESE?", &b"0\n"[..]),
                ("*ESE?;*ESE?;*ESE?;*ESE?", b"0;0;0;0\n"),
                ("FAST?", b"fast\n"),
            ] {
                let (_, id) = sync.takes(text).await;
                sync.says(DATA_END, 0, id, reply).await;
            }
            assert!(sync.hears().await.is_none());
        }
    );
}

#[tokio::test]
async fn an_instrument_that_knows_no_device_clear_goes_on_as_before() {
    let instrument = Instrument::new().await;
    let (mut link, mut sync, mut asynchronous) = instrument.open().await;
    tokio::join!(
        async {
            link.clear().await.unwrap();
            assert!(!link.clears_device());
            link.send(b"A?").await.unwrap();
            assert_eq!(link.receive().await.unwrap(), b"a");
        },
        async {
            asynchronous.expects(ASYNC_CLEAR).await;
            asynchronous.says(ERROR, 1, 0, b"unrecognized message type").await;
            assert_eq!(sync.takes("A?").await, (0, FIRST));
            sync.says(DATA, 0, FIRST, b"a\r\n\r\n").await;
            sync.says(DATA_END, 0, FIRST, b"").await;
        }
    );
}

#[tokio::test]
async fn a_maximum_message_size_that_nobody_can_keep_to_is_as_good_as_none() {
    for largest in [0, 16] {
        let instrument = Instrument { version: 0x0100, largest, ..Instrument::new().await };
        let (mut link, mut sync, _asynchronous) = instrument.open().await;
        let message = format!("X{}", "1".repeat(1500));
        tokio::join!(async { link.send(message.as_bytes()).await.unwrap() }, async {
            assert_eq!(sync.expects(DATA).await.payload.len(), 1024);
            sync.expects(DATA_END).await;
        });
    }
}
