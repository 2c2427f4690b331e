//! A USB host in this process, as far as bytes go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{cell::Cell, sync::Arc};

use firmware_sim::{BULK_OUT, Host, Setup, UsbError, UsbFunction, UsbOptions};

pub struct Usb {
    pub function: Arc<UsbFunction>,
    host: Arc<Host>,
    tag: Cell<u8>,
}

impl Usb {
    pub fn new(faults: &[&str]) -> Usb {
        Usb::with(UsbOptions::default(), faults)
    }

    pub fn with(options: UsbOptions, faults: &[&str]) -> Usb {
        let host = super::common::host(super::common::instrument(faults), None);
        let function = Arc::new(UsbFunction::new(Arc::clone(&host), options));
        Usb { function, host, tag: Cell::new(0x40) }
    }

    pub fn strike(&self, fault: &str) {
        self.host.with(|it| it.inject_from_now(fault.parse().unwrap()));
    }

    fn tag(&self) -> u8 {
        self.tag.set(self.tag.get() % 255 + 1);
        self.tag.get()
    }

    pub fn write(&self, text: &str) {
        self.function.bulk_out(&message(self.tag(), text.as_bytes(), true)).unwrap();
    }

    /// The data of one transfer, and its attributes.
    pub async fn transfer(&self, most: u32, stop: Option<u8>) -> (Vec<u8>, u8) {
        self.function.bulk_out(&request(self.tag(), most, stop)).unwrap();
        let bytes = self.function.bulk_in(1 << 16).await.unwrap();
        let size = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        assert!(bytes.len() == (12 + size).next_multiple_of(4));
        (bytes[12..12 + size].to_vec(), bytes[8])
    }

    /// The data of one transfer with this tag.
    pub async fn read(&self, tag: u8, most: u32) -> Vec<u8> {
        self.tag.set(tag - 1);
        self.transfer(most, None).await.0
    }

    pub async fn ask(&self, text: &str) -> String {
        self.write(text);
        let (bytes, _) = self.transfer(1 << 16, None).await;
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }

    /// What is in the error queue, which is emptied.
    pub async fn errors(&self) -> Vec<i32> {
        let mut errors = Vec::new();
        loop {
            match self.ask(":SYST:ERR:CODE?").await.parse().unwrap() {
                0 => return errors,
                code => errors.push(code),
            }
        }
    }

    pub fn control(
        &self,
        request_type: u8,
        request: u8,
        value: u16,
        index: u16,
        length: u16,
    ) -> Result<Vec<u8>, UsbError> {
        self.function.control(Setup { request_type, request, value, index, length })
    }

    pub fn interface(&self, request: u8, value: u16, length: u16) -> Vec<u8> {
        self.control(0xa1, request, value, 0, length).unwrap()
    }

    pub fn endpoint(&self, request: u8, value: u16, endpoint: u8, length: u16) -> Vec<u8> {
        self.control(0xa2, request, value, endpoint.into(), length).unwrap()
    }

    pub fn clear_halt(&self, endpoint: u8) -> Vec<u8> {
        self.control(0x02, 1, 0, endpoint.into(), 0).unwrap()
    }

    /// Device clear as a host does it.
    pub async fn clear(&self) {
        assert_eq!(self.interface(5, 0, 1), [1]);
        while self.interface(6, 0, 2)[0] == 2 {}
        self.clear_halt(BULK_OUT);
    }
}

pub fn header(id: u8, tag: u8, size: u32, attributes: u8, character: u8) -> Vec<u8> {
    let mut bytes = vec![id, tag, !tag, 0];
    bytes.extend(size.to_le_bytes());
    bytes.extend([attributes, character, 0, 0]);
    bytes
}

pub fn message(tag: u8, text: &[u8], end: bool) -> Vec<u8> {
    let mut bytes = header(1, tag, u32::try_from(text.len()).unwrap(), u8::from(end), 0);
    bytes.extend(text);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub fn request(tag: u8, most: u32, stop: Option<u8>) -> Vec<u8> {
    header(2, tag, most, if stop.is_some() { 2 } else { 0 }, stop.unwrap_or_default())
}
