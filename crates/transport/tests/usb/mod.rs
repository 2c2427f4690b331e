//! The device side of a USBTMC interface, after USBTMC 1.0 and USB488 1.0, that checks what it gets.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::Notify;
use transport::usbtmc::{Bulk, ClassRequest, Layout, PipeError, Pipes, Recipient};

pub const PACKET: usize = 64;

#[derive(Default)]
pub struct Device {
    /// Whole messages, with their terminators.
    pub heard: Vec<Vec<u8>>,
    /// Sizes of the parts in which they came.
    pub parts: Vec<usize>,
    half: Vec<u8>,
    /// Replies to the next messages that end in `?`; an absent one never comes.
    pub answers: VecDeque<Option<Vec<u8>>>,
    output: Vec<u8>,
    request: Option<(u8, usize, Option<u8>)>,
    last_tag: u8,
    /// Requests that were made, by tag.
    pub requests: Vec<u8>,
    transfers: VecDeque<Vec<u8>>,
    interrupts: VecDeque<Vec<u8>>,
    /// Class requests, and halts cleared.
    pub said: Vec<String>,
    pub triggered: usize,
    /// At most that many bytes of a reply per transfer.
    pub per_transfer: usize,
    /// Bytes behind the data of a transfer.
    pub padding: usize,
    /// Transfers are cut after that many bytes, and go on without a header.
    pub cut: Option<usize>,
    /// Comes before the next transfer.
    pub before: Vec<Vec<u8>>,
    pub status: u8,
    pub capabilities: [u8; 24],
    /// Requests that are stalled.
    pub unknown: Vec<u8>,
    /// How often a check says that it is pending.
    pub pending: usize,
    pub interrupt: bool,
    /// Bulk-OUT takes nothing: transfers wait.
    pub full: bool,
    waiting: VecDeque<Vec<u8>>,
    pub stall_out: bool,
    pub stall_in: bool,
    pub gone: bool,
}

#[derive(Clone)]
pub struct Sim {
    pub device: Arc<Mutex<Device>>,
    pub changed: Arc<Notify>,
}

impl Sim {
    pub fn new() -> Sim {
        let mut capabilities = [0; 24];
        (capabilities[0], capabilities[5], capabilities[14]) = (1, 1, 0b111);
        let device =
            Device { per_transfer: usize::MAX, capabilities, interrupt: true, ..Device::default() };
        Sim { device: Arc::new(Mutex::new(device)), changed: Arc::default() }
    }

    pub fn set(&self, change: impl FnOnce(&mut Device)) {
        let mut device = self.device.lock().unwrap();
        change(&mut device);
        device.serve();
        drop(device);
        self.changed.notify_one();
    }

    pub fn will_answer(&self, reply: &[u8]) {
        self.set(|device| device.answers.push_back(Some(reply.to_vec())));
    }

    pub fn will_be_silent(&self) {
        self.set(|device| device.answers.push_back(None));
    }

    /// The reply that did not come, comes.
    pub fn speaks(&self, reply: &[u8]) {
        self.set(|device| device.output = reply.to_vec());
    }

    pub fn requests_service(&self, status: u8) {
        self.set(|device| device.interrupts.push_back(vec![0x81, status]));
    }

    pub fn take_said(&self) -> Vec<String> {
        std::mem::take(&mut self.device.lock().unwrap().said)
    }

    pub fn heard(&self) -> Vec<String> {
        let heard = std::mem::take(&mut self.device.lock().unwrap().heard);
        heard.into_iter().map(|message| String::from_utf8(message).unwrap()).collect()
    }

    async fn wait<T>(&self, mut ready: impl FnMut(&mut Device) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            if let Some(found) = ready(&mut self.device.lock().unwrap()) {
                return found;
            }
            changed.await;
        }
    }
}

impl Device {
    fn take(&mut self, transfer: &[u8]) {
        assert_eq!(transfer.len() % 4, 0, "a Bulk-OUT transfer is a multiple of four bytes");
        let (header, payload) = transfer.split_at(12);
        let (id, tag) = (header[0], header[1]);
        assert_ne!(tag, 0, "a bTag is 1 to 255");
        assert_eq!(header[2], !tag);
        assert_ne!(tag, self.last_tag, "a bTag differs from the one before");
        assert_eq!((header[3], &header[10..]), (0, &[0, 0][..]), "reserved");
        self.last_tag = tag;
        let size = u32::from_le_bytes(header[4..8].try_into().unwrap()) as usize;
        match id {
            1 => {
                assert!(size > 0 && payload.len() >= size && payload.len() < size + 4);
                assert!(header[8] <= 1 && header[9] == 0);
                self.parts.push(size);
                self.half.extend_from_slice(&payload[..size]);
                if header[8] == 1 {
                    self.message();
                }
            }
            2 => {
                assert!(payload.is_empty() && size > 0);
                assert!(self.request.is_none(), "one request at a time");
                let term_char = (header[8] & 2 != 0).then_some(header[9]);
                self.request = Some((tag, size, term_char));
                self.requests.push(tag);
            }
            128 => {
                assert_eq!(&header[4..], &[0; 8]);
                self.triggered += 1;
            }
            other => panic!("MsgID {other}"),
        }
        self.serve();
    }

    fn message(&mut self) {
        let message = std::mem::take(&mut self.half);
        // IEEE 488.2: a new message discards an unread reply.
        self.output.clear();
        if message == b"*ESE?\n" && self.answers.is_empty() {
            self.output = b"0\n".to_vec();
        } else if message.starts_with(b"*ESE?;") && self.answers.is_empty() {
            let units = message.iter().filter(|byte| **byte == b'?').count();
            self.output = format!("{}\n", vec!["0"; units].join(";")).into_bytes();
        } else if message.ends_with(b"?\n") {
            self.output = self.answers.pop_front().flatten().unwrap_or_default();
        }
        self.heard.push(message);
    }

    /// Answers a request, once there is something to say.
    fn serve(&mut self) {
        while !self.full
            && let Some(transfer) = self.waiting.pop_front()
        {
            self.take(&transfer);
        }
        if self.output.is_empty() {
            return;
        }
        let Some((tag, size, term_char)) = self.request.take() else { return };
        let mut count = size.min(self.per_transfer).min(self.output.len());
        if let Some(found) = term_char
            && let Some(at) = self.output.iter().position(|byte| *byte == found)
        {
            count = count.min(at + 1);
        }
        let rest = self.output.split_off(count);
        let data = std::mem::replace(&mut self.output, rest);
        let mut transfer = vec![2, tag, !tag, 0];
        transfer.extend_from_slice(&u32::try_from(count).unwrap().to_le_bytes());
        transfer.extend_from_slice(&[u8::from(self.output.is_empty()), 0, 0, 0]);
        transfer.extend_from_slice(&data);
        if self.cut.is_none() {
            transfer.resize(transfer.len().next_multiple_of(4) + self.padding, 0xEE);
        }
        self.transfers.extend(std::mem::take(&mut self.before));
        match self.cut {
            None => self.transfers.push_back(transfer),
            Some(cut) => self.transfers.extend(transfer.chunks(cut).map(<[u8]>::to_vec)),
        }
    }

    fn forget(&mut self) {
        self.half.clear();
        self.output.clear();
        self.request = None;
        self.transfers.clear();
    }

    fn check(&mut self, done: Vec<u8>) -> Vec<u8> {
        if self.pending == 0 {
            return done;
        }
        self.pending -= 1;
        let mut answer = vec![0; done.len()];
        answer[0] = 2;
        answer
    }

    fn control(&mut self, request: ClassRequest) -> Result<Vec<u8>, PipeError> {
        use Recipient::{Endpoint, Interface};
        let ClassRequest { recipient, request, value, index, length } = request;
        let (name, answer) = match (recipient, request, index, length) {
            (Endpoint, 1, 0x02, 2) => ("abort out", vec![1, value as u8]),
            (Endpoint, 2, 0x02, 8) => ("check abort out", vec![1, 0, 0, 0, 0, 0, 0, 0]),
            (Endpoint, 3, 0x81, 2) => ("abort in", vec![1, value as u8]),
            (Endpoint, 4, 0x81, 8) => ("check abort in", vec![1, 0, 0, 0, 0, 0, 0, 0]),
            (Interface, 5, 0, 1) => ("clear", vec![1]),
            (Interface, 6, 0, 2) => ("check clear", vec![1, 0]),
            (Interface, 7, 0, 24) => ("capabilities", self.capabilities.to_vec()),
            (Interface, 128, 0, 3) => ("status", vec![1, value as u8, self.status]),
            (Interface, 160, 0, 1) => ("ren", vec![1]),
            (Interface, 161, 0, 1) => ("gtl", vec![1]),
            (Interface, 162, 0, 1) => ("llo", vec![1]),
            other => panic!("{other:?}"),
        };
        self.said.push(name.to_owned());
        if self.unknown.contains(&request) {
            return Err(PipeError::Stall);
        }
        match name {
            "abort out" => {
                self.half.clear();
                self.waiting.clear();
            }
            "abort in" => {
                // A transfer that is aborted ends with a short packet.
                self.request = None;
                self.transfers = [vec![]].into();
            }
            "clear" => self.forget(),
            "status" => {
                assert!((2..=127).contains(&value), "a status byte's bTag is 2 to 127");
                if self.interrupt {
                    self.interrupts.push_back(vec![0x80 | value as u8, self.status]);
                }
            }
            _ => {}
        }
        Ok(if name.starts_with("check") { self.check(answer) } else { answer })
    }
}

impl Pipes for Sim {
    fn layout(&self) -> Layout {
        let interrupt = self.device.lock().unwrap().interrupt;
        let usb488 = true;
        Layout { interface: 0, bulk_out: 0x02, bulk_in: 0x81, packet: PACKET, interrupt, usb488 }
    }

    fn submit_out(&mut self, transfer: Vec<u8>) {
        self.set(|device| device.waiting.push_back(transfer));
    }

    async fn out_done(&mut self) -> Result<(), PipeError> {
        self.wait(|device| {
            if device.gone {
                return Some(Err(PipeError::Broken(transport::LinkError::Closed)));
            }
            if std::mem::take(&mut device.stall_out) {
                return Some(Err(PipeError::Stall));
            }
            device.waiting.is_empty().then_some(Ok(()))
        })
        .await
    }

    async fn cancel_out(&mut self) {
        self.set(|device| device.waiting.clear());
    }

    async fn bulk_in(&mut self, length: usize) -> Result<Vec<u8>, PipeError> {
        assert_eq!(length % PACKET, 0, "Bulk-IN is read in whole packets");
        let transfer = self
            .wait(|device| {
                if device.gone {
                    return Some(Err(PipeError::Broken(transport::LinkError::Closed)));
                }
                if std::mem::take(&mut device.stall_in) {
                    return Some(Err(PipeError::Stall));
                }
                device.transfers.pop_front().map(Ok)
            })
            .await?;
        // Exactly as long, its empty packet would be left for the next read.
        assert!(transfer.len() < length, "a short packet must fit");
        Ok(transfer)
    }

    async fn cancel_in(&mut self) {}

    async fn interrupt_in(&mut self) -> Result<Vec<u8>, PipeError> {
        assert!(self.device.lock().unwrap().interrupt);
        self.wait(|device| {
            if device.gone {
                return Some(Err(PipeError::Broken(transport::LinkError::Closed)));
            }
            device.interrupts.pop_front().map(Ok)
        })
        .await
    }

    async fn control_in(
        &mut self,
        request: ClassRequest,
        _: Duration,
    ) -> Result<Vec<u8>, PipeError> {
        self.device.lock().unwrap().control(request)
    }

    async fn clear_halt(&mut self, pipe: Bulk) -> Result<(), PipeError> {
        self.device.lock().unwrap().said.push(format!("unhalt {pipe:?}"));
        Ok(())
    }
}
