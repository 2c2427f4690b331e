//! An instrument as a USBTMC device.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod usb_host;

use std::time::Duration;

use firmware_sim::{BULK_OUT, ModelName, UsbError, UsbIdentity, UsbOptions, UsbSpeed};
use tokio::time::timeout;
use usb_host::{Usb, header, message, request};

#[tokio::test(start_paused = true)]
async fn a_message_goes_out_and_its_reply_comes_back_with_the_tag_of_the_request() {
    let usb = Usb::new(&[]);
    usb.function.bulk_out(&message(7, b"*OPC?", true)).unwrap();
    usb.function.bulk_out(&request(8, 100, None)).unwrap();
    let reply = usb.function.bulk_in(512).await.unwrap();
    assert_eq!(reply, [2, 8, !8, 0, 2, 0, 0, 0, 1, 0, 0, 0, b'1', b'\n', 0, 0]);
    // Without END the message goes on in the next transfer.
    usb.function.bulk_out(&message(9, b"*O", false)).unwrap();
    usb.function.bulk_out(&message(10, b"PC?\n", false)).unwrap();
    assert_eq!(usb.read(11, 100).await, b"1\n");
    assert_eq!(usb.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_reply_comes_in_as_many_transfers_as_the_host_asks_for() {
    let usb = Usb::new(&[]);
    usb.write(":SYST:VERS?;*OPC?");
    let (first, end) = usb.transfer(4, None).await;
    assert_eq!((first.len(), end & 1), (4, 0));
    let (rest, end) = usb.transfer(100, None).await;
    assert_eq!(end & 1, 1);
    let reply = [first, rest].concat();
    assert!(reply.ends_with(b";1\n"), "{}", reply.escape_ascii());
    // And ends at a character.
    usb.write(":SYST:VERS?;*OPC?");
    let (first, attributes) = usb.transfer(100, Some(b';')).await;
    assert!(first.ends_with(b";") && attributes == 2);
    assert_eq!(usb.transfer(100, Some(b';')).await, (b"1\n".to_vec(), 1));
    assert_eq!(usb.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn packets_are_full_but_the_last_which_is_empty_behind_full_ones_only() {
    let options = UsbOptions { speed: UsbSpeed::Full, ..UsbOptions::default() };
    let usb = Usb::with(options, &[]);
    // 52 bytes and a header are a packet exactly.
    let levels = ":SOUR:LIST:VOLT 0.1,0.2,0.3,0.4;VOLT?";
    usb.write(levels);
    let whole = usb.read(1, 1000).await;
    assert_eq!(whole.len(), 56);
    usb.write(levels);
    usb.function.bulk_out(&request(2, 52, None)).unwrap();
    assert_eq!(usb.function.bulk_in(64).await.unwrap().len(), 64);
    assert_eq!(usb.function.bulk_in(64).await.unwrap(), b"", "which ends it");
    assert_eq!(usb.read(3, 52).await, &whole[52..]);
    // Where there is room for more, the empty one is not seen.
    usb.write(levels);
    usb.function.bulk_out(&request(4, 52, None)).unwrap();
    assert_eq!(usb.function.bulk_in(128).await.unwrap().len(), 64);
    assert_eq!(usb.read(5, 52).await.len(), 4);
    // A packet at a time, and one that does not fit.
    usb.write(levels);
    usb.function.bulk_out(&request(6, 1000, None)).unwrap();
    assert_eq!(usb.function.bulk_in(63).await, Err(UsbError::Babble));
    assert_eq!(usb.function.bulk_in(64).await.unwrap().len(), 64);
    assert_eq!(usb.function.bulk_in(64).await.unwrap().len(), 4);
    // A message of several packets.
    let long = format!(":SOUR:LIST:VOLT {};VOLT:POIN?", ["0.25"; 60].join(","));
    for packet in message(7, long.as_bytes(), true).chunks(64) {
        usb.function.bulk_out(packet).unwrap();
    }
    assert_eq!(usb.read(8, 100).await, b"60\n");
    assert_eq!(usb.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_transfer_halts_the_endpoint_until_the_halt_is_cleared() {
    let mut unfilled = message(1, b"*OPC?", true);
    unfilled.truncate(unfilled.len() - 3);
    let mut too_long = message(1, b"*OPC?", true);
    too_long.extend([0; 4]);
    let mut inverse = message(1, b"*OPC?", true);
    inverse[2] = 1;
    let short = message(1, b"*OPC?", true)[..11].to_vec();
    for wrong in [
        unfilled,
        too_long,
        inverse,
        short,
        message(0, b"*OPC?", true),
        message(1, b"", true),
        request(1, 0, None),
        header(3, 1, 0, 0, 0),
        header(126, 1, 0, 0, 0),
        header(127, 1, 0, 0, 0),
        header(255, 1, 0, 0, 0),
    ] {
        let usb = Usb::new(&[]);
        assert_eq!(usb.function.bulk_out(&wrong), Err(UsbError::Stall), "{wrong:?}");
        let good = message(2, b":SOUR:VOLT 1\n", true);
        assert_eq!(usb.function.bulk_out(&good), Err(UsbError::Stall));
        assert_eq!(usb.clear_halt(BULK_OUT), b"");
        // What had come of a message is its beginning.
        usb.clear().await;
        assert_eq!(usb.ask("*OPC?").await, "1");
    }
}

#[tokio::test(start_paused = true)]
async fn the_message_exchange_is_that_of_ieee_488_2() {
    let usb = Usb::new(&[]);
    usb.write("*IDN?");
    assert_eq!(usb.ask("*OPC?").await, "1");
    assert_eq!(usb.errors().await, [-410]);
    // Asked in vain; and what comes then answers the request that still stands.
    usb.function.bulk_out(&request(5, 100, None)).unwrap();
    let nothing = timeout(Duration::from_secs(9), usb.function.bulk_in(512)).await;
    assert!(nothing.is_err());
    assert!(timeout(Duration::from_secs(9), usb.function.bulk_in(512)).await.is_err());
    assert_eq!(usb.errors().await, [-420], "said once");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_waits_is_woken_by_a_reply_a_trigger_and_its_own_other_requests() {
    let usb = Usb::new(&[]);
    usb.write(":OUTP ON;:FORM:ELEM CURR;:ARM:SOUR BUS");
    usb.write(":READ?");
    let waiting = usb.function.clone();
    usb.function.bulk_out(&request(9, 100, None)).unwrap();
    let read = tokio::spawn(async move { waiting.bulk_in(512).await });
    tokio::task::yield_now().await;
    assert!(!read.is_finished());
    usb.function.bulk_out(&header(128, 10, 0, 0, 0)).unwrap();
    let reply = read.await.unwrap().unwrap();
    assert_eq!((reply[1], reply[8] & 1), (9, 1));
    assert_eq!(usb.errors().await, []);
    // Given up by the host: an abort ends the transfer with an empty packet.
    let waiting = usb.function.clone();
    usb.function.bulk_out(&request(11, 100, None)).unwrap();
    let read = tokio::spawn(async move { waiting.bulk_in(512).await });
    tokio::task::yield_now().await;
    assert_eq!(usb.endpoint(3, 12, 0x82, 2), [0x81, 11], "another tag");
    assert_eq!(usb.endpoint(3, 11, 0x82, 2), [1, 11]);
    assert_eq!(read.await.unwrap().unwrap(), b"");
    assert_eq!(usb.endpoint(4, 0, 0x82, 8), [1, 0, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn transfers_are_aborted_in_two_steps() {
    let usb = Usb::new(&[]);
    // Nothing to abort.
    assert_eq!(usb.endpoint(1, 1, BULK_OUT, 2), [0x80, 0]);
    assert_eq!(usb.endpoint(3, 1, 0x82, 2), [0x80, 0]);
    assert_eq!(usb.endpoint(2, 0, BULK_OUT, 8)[0], 0x82);
    assert_eq!(usb.endpoint(4, 0, 0x82, 8)[0], 0x82);
    // A message whose first packet alone has come.
    let text = [b' '; 2000];
    usb.function.bulk_out(&message(4, &text, true)[..512]).unwrap();
    assert_eq!(usb.endpoint(1, 9, BULK_OUT, 2), [0x81, 4]);
    assert_eq!(usb.endpoint(1, 4, BULK_OUT, 2), [1, 4]);
    assert_eq!(usb.endpoint(1, 4, BULK_OUT, 2), [0x83, 0]);
    assert_eq!(usb.interface(6, 0, 2)[0], 0x83);
    assert_eq!(usb.endpoint(2, 0, BULK_OUT, 8), [1, 0, 0, 0, 0xf4, 1, 0, 0], "500 bytes");
    assert_eq!(usb.function.bulk_out(&message(5, b"*OPC?", true)), Err(UsbError::Stall));
    usb.clear_halt(BULK_OUT);
    assert_eq!(usb.ask("*OPC?").await, "1");
    // A reply of which a packet was read.
    let options = UsbOptions { speed: UsbSpeed::Full, ..UsbOptions::default() };
    let usb = Usb::with(options, &[]);
    usb.write(":SOUR:LIST:VOLT 0.1,0.2,0.3,0.4;VOLT?");
    usb.function.bulk_out(&request(6, 1000, None)).unwrap();
    assert_eq!(usb.function.bulk_in(64).await.unwrap().len(), 64);
    assert_eq!(usb.endpoint(3, 6, 0x82, 2), [1, 6]);
    assert_eq!(usb.endpoint(4, 0, 0x82, 8)[..2], [2, 1], "read on");
    assert_eq!(usb.function.bulk_in(64).await.unwrap(), b"");
    assert_eq!(usb.endpoint(4, 0, 0x82, 8), [1, 0, 0, 0, 52, 0, 0, 0]);
    assert_eq!(usb.ask("*OPC?").await, "1");
    assert_eq!(usb.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_clear_forgets_both_ways_and_halts_what_the_host_has_to_free() {
    let mut options = UsbOptions::default();
    options.quirks.pending = 2;
    let usb = Usb::with(options, &[]);
    usb.write("*IDN?");
    usb.function.bulk_out(&message(3, b":SOUR:VO", false)).unwrap();
    assert_eq!(usb.interface(6, 0, 2)[0], 0x82, "none has begun");
    assert_eq!(usb.interface(5, 0, 1), [1]);
    assert_eq!(usb.interface(5, 0, 1), [0x83]);
    for status in [2, 2, 1, 0x82] {
        assert_eq!(usb.interface(6, 0, 2)[0], status);
    }
    assert_eq!(usb.function.bulk_out(&message(4, b"*OPC?", true)), Err(UsbError::Stall));
    usb.clear_halt(BULK_OUT);
    assert_eq!(usb.ask("*OPC?").await, "1");
    assert_eq!(usb.errors().await, [-410], "of the message over the unread reply");
}

#[tokio::test(start_paused = true)]
async fn status_and_requests_for_service_come_over_the_interrupt_endpoint() {
    let usb = Usb::new(&[]);
    usb.write("*SRE 16");
    let waiting = usb.function.clone();
    let notified = tokio::spawn(async move { waiting.interrupt_in().await });
    tokio::task::yield_now().await;
    assert!(!notified.is_finished());
    usb.write("*OPC?");
    assert_eq!(notified.await.unwrap().unwrap(), [0x81, 80]);
    assert_eq!(usb.interface(128, 2, 3), [1, 2, 0]);
    assert_eq!(usb.interface(128, 3, 3), [0x20, 3, 0], "the one before was not fetched");
    assert_eq!(usb.function.interrupt_in().await.unwrap(), [0x82, 80]);
    assert_eq!(usb.interface(128, 127, 3), [1, 127, 0]);
    assert_eq!(usb.function.interrupt_in().await.unwrap(), [0xff, 16], "asked for once");
    for tag in [0, 1, 128, 0x0102] {
        assert_eq!(usb.interface(128, tag, 3)[0], 0x80, "{tag}");
    }
    assert_eq!(usb.read(9, 100).await, b"1\n");
    assert!(timeout(Duration::from_secs(9), usb.function.interrupt_in()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn capabilities_remote_control_and_what_is_no_request() {
    let usb = Usb::new(&[]);
    let capabilities = usb.interface(7, 0, 24);
    assert_eq!(capabilities.len(), 24);
    assert_eq!(capabilities[..6], [1, 0, 0, 1, 4, 1]);
    assert_eq!(capabilities[12..16], [0, 1, 7, 15]);
    assert_eq!(usb.interface(7, 0, 4).len(), 4);
    assert_eq!(usb.interface(64, 0, 1), [1]);
    assert_eq!(usb.interface(160, 1, 1), [1]);
    assert_eq!(usb.interface(162, 0, 1), [1]);
    assert!(usb.function.is_remote() && usb.function.is_locked_out());
    assert_eq!(usb.interface(161, 0, 1), [1]);
    assert!(!usb.function.is_remote() && usb.function.is_locked_out());
    assert_eq!(usb.interface(160, 0, 1), [1]);
    assert!(!usb.function.is_locked_out());
    for (request_type, request, index) in
        [(0xa1, 8, 0), (0xa1, 5, 1), (0xa2, 1, 0x82), (0xa2, 3, 1), (0x21, 5, 0), (0x02, 1, 7)]
    {
        assert_eq!(usb.control(request_type, request, 0, index, 8), Err(UsbError::Stall));
    }
    let [b2902a, k2450] = [ModelName::KeysightB2902a, ModelName::Keithley2450].map(UsbIdentity::of);
    assert_eq!(b2902a, Some(UsbIdentity { vendor: 0x0957, product: 0xce18 }));
    assert_eq!(k2450, Some(UsbIdentity { vendor: 0x05e6, product: 0x2450 }));
    assert_eq!(UsbIdentity::of(ModelName::Keithley2400), None);
}

#[tokio::test(start_paused = true)]
async fn makers_mistakes_can_be_had() {
    let mut options = UsbOptions { speed: UsbSpeed::Full, ..UsbOptions::default() };
    options.quirks.one_packet = true;
    let usb = Usb::with(options, &[]);
    usb.write(":SOUR:LIST:VOLT 0.1,0.2,0.3,0.4;VOLT?");
    let (first, end) = usb.transfer(1000, None).await;
    assert_eq!((first.len(), end), (52, 0));
    assert_eq!(usb.transfer(1000, None).await.1, 1);

    let mut options = UsbOptions::default();
    options.quirks.late_tag = true;
    options.quirks.no_end = true;
    options.quirks.no_padding = true;
    let usb = Usb::with(options, &[]);
    for (tag, late) in [(5, 5), (6, 5), (7, 6)] {
        usb.write("*OPC?");
        usb.function.bulk_out(&request(tag, 100, None)).unwrap();
        let reply = usb.function.bulk_in(512).await.unwrap();
        assert_eq!(reply, [2, late, !late, 0, 2, 0, 0, 0, 0, 0, 0, 0, b'1', b'\n']);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_leaves_the_replies_one_behind_until_a_clear() {
    let mut options = UsbOptions::default();
    options.quirks.lost_request = 3;
    let usb = Usb::with(options, &[]);
    assert_eq!(usb.ask("*OPC?").await, "1");
    assert_eq!(usb.ask(":SOUR:VOLT?").await, "+0.000000E+00");
    usb.write(":SOUR:CURR?;*OPC?");
    usb.function.bulk_out(&request(9, 100, None)).unwrap();
    assert!(timeout(Duration::from_secs(9), usb.function.bulk_in(512)).await.is_err());
    assert_eq!(usb.ask("*IDN?").await, "+0.000000E+00;1", "of the question before");
    usb.clear().await;
    assert_eq!(usb.ask("*OPC?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn faults_of_replies_act_here_too() {
    let usb = Usb::new(&["late reply by 3 s"]);
    usb.write("*OPC?");
    usb.function.bulk_out(&request(2, 100, None)).unwrap();
    assert!(timeout(Duration::from_secs(1), usb.function.bulk_in(512)).await.is_err());
    assert_eq!(usb.function.bulk_in(512).await.unwrap()[12..14], *b"1\n");

    let usb = Usb::new(&["torn reply"]);
    usb.write(":SOUR:VOLT?");
    assert_eq!(usb.transfer(100, None).await, (b"+0.0000".to_vec(), 0));

    let usb = Usb::new(&["reply in 3 pieces"]);
    usb.write(":SOUR:VOLT?");
    for (piece, end) in [("+0.0", 0), ("00000", 0), ("E+00\n", 1)] {
        assert_eq!(usb.transfer(100, None).await, (piece.into(), end));
    }

    let usb = Usb::new(&["disconnect"]);
    usb.write(":SOUR:VOLT?");
    assert_eq!(usb.transfer(100, None).await.0, b"+0.0000");
    assert_eq!(usb.function.bulk_out(&message(3, b"*OPC?", true)), Err(UsbError::Gone));
    usb.function.reconnect();
    assert_eq!(usb.ask("*OPC?").await, "1");

    let waiting = usb.function.clone();
    let notified = tokio::spawn(async move { waiting.interrupt_in().await });
    tokio::task::yield_now().await;
    usb.strike("hang up");
    assert_eq!(notified.await.unwrap(), Err(UsbError::Gone));
    assert_eq!(usb.control(0xa1, 7, 0, 0, 24), Err(UsbError::Gone));
    usb.function.reconnect();
    usb.write(":SOUR:VOLT 1\n*IDN?");
    usb.strike("power cycle");
    assert_eq!(usb.ask(":SOUR:VOLT?").await, "+0.000000E+00");
}

#[tokio::test(start_paused = true)]
async fn any_bytes_are_survived() {
    let usb = Usb::new(&[]);
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for _ in 0..20_000 {
        let mut bytes: Vec<u8> = (0..usize::from(random() % 40)).map(|_| random()).collect();
        if bytes.len() > 3 && random() % 4 > 0 {
            (bytes[0], bytes[2]) = (random() % 3, !bytes[1]);
        }
        if usb.function.bulk_out(&bytes).is_err() {
            usb.clear_halt(BULK_OUT);
        }
        let _ = usb.control(0xa0 | (random() % 4), random(), random().into(), random().into(), 8);
    }
    usb.clear().await;
    assert_eq!(usb.ask("*OPC?").await, "1");
}
