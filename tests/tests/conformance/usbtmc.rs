//! USBTMC: the client's protocol on the simulator's endpoints, with no USB between them.

use std::{io, sync::Arc, time::Duration};

use firmware_sim::{BULK_IN, BULK_OUT, Host, Setup, UsbError, UsbFunction, UsbOptions, UsbSpeed};
use transport::{
    LinkError, Session, SessionOptions,
    usbtmc::{
        Bulk, ClassRequest, Layout, PipeError, Pipes, Recipient, UsbtmcOptions, UsbtmcTransport,
    },
};

use crate::bench::Bench;

/// On a bus of high speed, or of full.
pub struct Usb<const HIGH: bool>(Arc<UsbFunction>);

impl<const HIGH: bool> Usb<HIGH> {
    const SPEED: UsbSpeed = if HIGH { UsbSpeed::High } else { UsbSpeed::Full };
}

impl<const HIGH: bool> Bench for Usb<HIGH> {
    const CLIENTS: bool = false;

    async fn start(host: Arc<Host>) -> Self {
        let options = UsbOptions { speed: Self::SPEED, ..UsbOptions::default() };
        Usb(Arc::new(UsbFunction::new(host, options)))
    }

    async fn connect(&self, options: SessionOptions) -> Result<Session, LinkError> {
        // As after the cable was pulled, which is how a connection ends here.
        self.0.reconnect();
        let wire =
            Wire { function: Arc::clone(&self.0), packet: Self::SPEED.packet(), out: Ok(()) };
        let link = UsbtmcOptions::new("USB0::0x05E6::0x2450::1::INSTR");
        let link = UsbtmcTransport::over(wire, 0x05e6, 0x2450, &link).await?;
        Ok(Session::spawn(link, options))
    }
}

struct Wire {
    function: Arc<UsbFunction>,
    packet: usize,
    /// What became of the transfers that were handed over.
    out: Result<(), UsbError>,
}

fn failed(error: UsbError) -> PipeError {
    match error {
        UsbError::Stall => PipeError::Stall,
        UsbError::Gone => PipeError::Broken(LinkError::Closed),
        other => PipeError::Broken(LinkError::Read { reason: Arc::new(io::Error::other(other)) }),
    }
}

impl Pipes for Wire {
    fn layout(&self) -> Layout {
        Layout {
            interface: 0,
            bulk_out: BULK_OUT,
            bulk_in: BULK_IN,
            packet: self.packet,
            interrupt: true,
            usb488: true,
        }
    }

    fn submit_out(&mut self, transfer: Vec<u8>) {
        // The device takes whatever comes, at once.
        let taken = self.function.bulk_out(&transfer);
        self.out = self.out.and(taken);
    }

    async fn out_done(&mut self) -> Result<(), PipeError> {
        std::mem::replace(&mut self.out, Ok(())).map_err(failed)
    }

    async fn cancel_out(&mut self) {
        self.out = Ok(());
    }

    async fn bulk_in(&mut self, length: usize) -> Result<Vec<u8>, PipeError> {
        self.function.bulk_in(length).await.map_err(failed)
    }

    async fn cancel_in(&mut self) {}

    async fn interrupt_in(&mut self) -> Result<Vec<u8>, PipeError> {
        self.function.interrupt_in().await.map(Vec::from).map_err(failed)
    }

    async fn control_in(
        &mut self,
        request: ClassRequest,
        _: Duration,
    ) -> Result<Vec<u8>, PipeError> {
        let request_type = match request.recipient {
            Recipient::Interface => 0xa1,
            Recipient::Endpoint => 0xa2,
        };
        let ClassRequest { request, value, index, length, .. } = request;
        let setup = Setup { request_type, request, value, index, length };
        self.function.control(setup).map_err(failed)
    }

    async fn clear_halt(&mut self, pipe: Bulk) -> Result<(), PipeError> {
        let endpoint = match pipe {
            Bulk::Out => BULK_OUT,
            Bulk::In => BULK_IN,
        };
        // CLEAR_FEATURE(ENDPOINT_HALT): USB 2.0, 9.4.1.
        let setup =
            Setup { request_type: 0x02, request: 1, value: 0, index: endpoint.into(), length: 0 };
        self.function.control(setup).map(|_| ()).map_err(failed)
    }
}
