//! The pipes of a real device, by `nusb`. UNVERIFIED: no USBTMC instrument was at hand.

use std::{io, time::Duration};

use nusb::{
    Endpoint, Interface,
    transfer::{self, Buffer, ControlIn, ControlType, In, Interrupt, Out, TransferError},
};

use super::{
    link::broken,
    pipes::{Bulk, ClassRequest, Layout, PipeError, Pipes, Recipient},
};
use crate::LinkError;

/// A claimed interface of a USB device.
pub struct UsbPipes {
    interface: Interface,
    layout: Layout,
    bulk_out: Endpoint<transfer::Bulk, Out>,
    bulk_in: Endpoint<transfer::Bulk, In>,
    interrupt: Option<Endpoint<Interrupt, In>>,
}

impl std::fmt::Debug for UsbPipes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsbPipes").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl UsbPipes {
    /// Takes the endpoints of an interface that was claimed.
    pub(super) fn new(interface: Interface) -> Result<UsbPipes, String> {
        let descriptor = interface.descriptor().ok_or("it has no descriptor")?;
        let address = |kind, direction| {
            descriptor
                .endpoints()
                .find(|end| end.transfer_type() == kind && end.direction() == direction)
                .map(|end| end.address())
        };
        use nusb::{descriptors::TransferType, transfer::Direction};
        let out = address(TransferType::Bulk, Direction::Out).ok_or("it has no Bulk-OUT pipe")?;
        let input = address(TransferType::Bulk, Direction::In).ok_or("it has no Bulk-IN pipe")?;
        let events = address(TransferType::Interrupt, Direction::In);
        let usb488 = descriptor.protocol() == 1;
        let bulk_out = interface.endpoint(out).map_err(|error| error.to_string())?;
        let bulk_in: Endpoint<transfer::Bulk, In> =
            interface.endpoint(input).map_err(|error| error.to_string())?;
        let interrupt = events
            .map(|address| interface.endpoint(address))
            .transpose()
            .map_err(|error| error.to_string())?;
        let layout = Layout {
            interface: interface.interface_number(),
            bulk_out: out,
            bulk_in: input,
            packet: bulk_in.max_packet_size().max(1),
            interrupt: interrupt.is_some(),
            usb488,
        };
        Ok(UsbPipes { interface, layout, bulk_out, bulk_in, interrupt })
    }
}

fn pipe_error(error: TransferError) -> PipeError {
    match error {
        TransferError::Stall => PipeError::Stall,
        TransferError::Cancelled => PipeError::Cancelled,
        TransferError::Disconnected => PipeError::Broken(LinkError::Closed),
        other => broken(io::Error::other(other)),
    }
}

impl Pipes for UsbPipes {
    fn layout(&self) -> Layout {
        self.layout
    }

    fn submit_out(&mut self, transfer: Vec<u8>) {
        self.bulk_out.submit(transfer.into());
    }

    async fn out_done(&mut self) -> Result<(), PipeError> {
        let mut done = Ok(());
        while self.bulk_out.pending() > 0 {
            let completion = self.bulk_out.next_complete().await;
            done = done.and(completion.status.map_err(pipe_error));
        }
        done
    }

    async fn cancel_out(&mut self) {
        self.bulk_out.cancel_all();
        while self.bulk_out.pending() > 0 {
            self.bulk_out.next_complete().await;
        }
    }

    async fn bulk_in(&mut self, length: usize) -> Result<Vec<u8>, PipeError> {
        if self.bulk_in.pending() == 0 {
            self.bulk_in.submit(Buffer::new(length));
        }
        let completion = self.bulk_in.next_complete().await;
        completion.into_result().map(Buffer::into_vec).map_err(pipe_error)
    }

    async fn cancel_in(&mut self) {
        self.bulk_in.cancel_all();
        while self.bulk_in.pending() > 0 {
            self.bulk_in.next_complete().await;
        }
    }

    async fn interrupt_in(&mut self) -> Result<Vec<u8>, PipeError> {
        let Some(pipe) = &mut self.interrupt else { return std::future::pending().await };
        if pipe.pending() == 0 {
            pipe.submit(Buffer::new(pipe.max_packet_size().max(2)));
        }
        let completion = pipe.next_complete().await;
        completion.into_result().map(Buffer::into_vec).map_err(pipe_error)
    }

    async fn control_in(
        &mut self,
        request: ClassRequest,
        limit: Duration,
    ) -> Result<Vec<u8>, PipeError> {
        let recipient = match request.recipient {
            Recipient::Interface => transfer::Recipient::Interface,
            Recipient::Endpoint => transfer::Recipient::Endpoint,
        };
        let control = ControlIn {
            control_type: ControlType::Class,
            recipient,
            request: request.request,
            value: request.value,
            index: request.index,
            length: request.length,
        };
        self.interface.control_in(control, limit).await.map_err(pipe_error)
    }

    async fn clear_halt(&mut self, pipe: Bulk) -> Result<(), PipeError> {
        let cleared = match pipe {
            Bulk::Out => {
                self.cancel_out().await;
                self.bulk_out.clear_halt().await
            }
            Bulk::In => {
                self.cancel_in().await;
                self.bulk_in.clear_halt().await
            }
        };
        cleared.map_err(|error| broken(error.into()))
    }
}
