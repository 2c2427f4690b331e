//! What the protocol needs of a USB interface.

use std::{future::Future, time::Duration};

use crate::LinkError;

/// An interface's pipes: the USB calls, apart from the protocol.
pub trait Pipes: Send + 'static {
    /// The interface's number and what belongs to it.
    fn layout(&self) -> Layout;

    /// Hands a Bulk-OUT transfer over. It leaves whole, whatever becomes of the caller.
    fn submit_out(&mut self, transfer: Vec<u8>);

    /// Waits until all transfers that were handed over have left. Cancel-safe.
    fn out_done(&mut self) -> impl Future<Output = Result<(), PipeError>> + Send;

    /// Drops what was handed over and has not left.
    fn cancel_out(&mut self) -> impl Future<Output = ()> + Send;

    /// Waits for one Bulk-IN transfer: up to a short packet (perhaps an empty one) or `length` bytes, a
    /// multiple of the packet size. Cancel-safe: the transfer goes on, and the next call gets it.
    fn bulk_in(&mut self, length: usize)
    -> impl Future<Output = Result<Vec<u8>, PipeError>> + Send;

    /// Takes a Bulk-IN transfer back that nobody waits for.
    fn cancel_in(&mut self) -> impl Future<Output = ()> + Send;

    /// Waits for one Interrupt-IN packet. Cancel-safe, as [`Pipes::bulk_in`]. Called only where the
    /// layout has such a pipe.
    fn interrupt_in(&mut self) -> impl Future<Output = Result<Vec<u8>, PipeError>> + Send;

    /// A class request to the interface or to one of its endpoints. They all go IN.
    fn control_in(
        &mut self,
        request: ClassRequest,
        limit: Duration,
    ) -> impl Future<Output = Result<Vec<u8>, PipeError>> + Send;

    /// `CLEAR_FEATURE(ENDPOINT_HALT)`.
    fn clear_halt(&mut self, pipe: Bulk) -> impl Future<Output = Result<(), PipeError>> + Send;
}

/// A USBTMC interface's number and endpoints (USBTMC 1.0, 5.5 and 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `bInterfaceNumber`.
    pub interface: u8,
    /// The Bulk-OUT endpoint's address.
    pub bulk_out: u8,
    /// The Bulk-IN endpoint's address, bit 7 set.
    pub bulk_in: u8,
    /// The Bulk-IN endpoint's `wMaxPacketSize`.
    pub packet: usize,
    /// Whether there is an Interrupt-IN endpoint.
    pub interrupt: bool,
    /// Whether `bInterfaceProtocol` is 1: USB488.
    pub usb488: bool,
}

/// One of the two bulk pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// To the instrument.
    Out,
    /// From the instrument.
    In,
}

/// To whom a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The interface: `bmRequestType` 0xA1.
    Interface,
    /// An endpoint: `bmRequestType` 0xA2.
    Endpoint,
}

/// A class request (USBTMC 1.0, table 15; USB488 1.0, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassRequest {
    /// To whom it goes.
    pub recipient: Recipient,
    /// `bRequest`.
    pub request: u8,
    /// `wValue`.
    pub value: u16,
    /// `wIndex`: the interface's number or the endpoint's address.
    pub index: u16,
    /// `wLength`.
    pub length: u16,
}

/// A transfer failed.
#[derive(Clone, Debug)]
pub enum PipeError {
    /// The instrument refused it: the pipe is halted, or the request unknown.
    Stall,
    /// It was taken back, or took too long.
    Cancelled,
    /// The instrument is gone, or the bus is broken.
    Broken(LinkError),
}
