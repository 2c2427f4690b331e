//! The firmware-sim server: one simulated instrument, or a bench of them, on their ports.

mod arguments;

use std::{collections::BTreeSet, io, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use firmware_sim::{
    Address, Bench, BenchError, Instrument, ModelName, Running, Standing, StandingGateway,
};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use self::arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list_models {
        ModelName::ALL.iter().for_each(|it| println!("{it}"));
        return ExitCode::SUCCESS;
    }
    if arguments.list_headers {
        return list_headers(&arguments);
    }
    let level = if arguments.log { "firmware_sim=debug" } else { "firmware_sim=info" };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into()))
        .with_writer(io::stderr)
        .init();
    let result = arguments.bench().map_err(|error| (error, 2));
    match result.and_then(|bench| run(&arguments, &bench)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((error, code)) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::from(code)
        }
    }
}

fn list_headers(arguments: &Arguments) -> ExitCode {
    let instrument = arguments.config().and_then(|it| Ok(Instrument::new(&it)?));
    match instrument {
        Ok(instrument) => {
            instrument.headers().iter().for_each(|it| println!("{it}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Serves until it is interrupted; the error and the exit code otherwise.
#[tokio::main(flavor = "current_thread")]
async fn run(arguments: &Arguments, bench: &Bench) -> Result<(), (anyhow::Error, u8)> {
    let configs = bench.instruments.values().map(|it| &it.config);
    let tables: BTreeSet<_> = configs.flat_map(|it| it.tables_without_end()).collect();
    for table in tables {
        eprintln!(
            "firmware-sim: warning: {}: the last line does not end with a line feed, so the file may be truncated",
            table.display()
        );
    }
    let mut running = bench.start().await.map_err(|error| {
        let at_fault = match error {
            BenchError::Listen { .. }
            | BenchError::Control { .. }
            | BenchError::Gateway { .. }
            | BenchError::Serial { .. } => 1,
            _ => 2,
        };
        let error = anyhow::Error::from(error);
        match arguments.bench_file().filter(|_| at_fault == 2) {
            Some(file) => (error.context(file.display().to_string()), at_fault),
            None => (error, at_fault),
        }
    })?;
    // Whoever reads that it is ready may end it at once.
    let interrupted = interruption().map_err(|error| (error.into(), 1))?;
    announce(arguments, &running);
    let result = tokio::select! {
        result = running.serve() => result,
        result = interrupted => result,
    };
    result.map_err(|error| (error.into(), 1))
}

fn announce(arguments: &Arguments, running: &Running) {
    for Standing { name, address, .. } in &running.standing {
        if address.is_open_to_others() {
            eprintln!("firmware-sim: warning: {name} on {address} is open to other machines");
        }
    }
    for gateway @ StandingGateway { name, address, .. } in &running.gateways {
        if address.is_open_to_others() {
            eprintln!("firmware-sim: warning: {name} on {gateway} is open to other machines");
        }
    }
    if arguments.json {
        println!("{}", in_json(running));
        return;
    }
    for gateway @ StandingGateway { name, kind, .. } in &running.gateways {
        if arguments.is_bench() {
            println!("{name} {kind} {gateway}");
        } else {
            println!("listening on {gateway}");
        }
    }
    for Standing { name, model, address } in &running.standing {
        let (protocol, resource) = (address.protocol(), address.resource());
        let here = match address {
            Address::Tcp(_) | Address::Serial(_) | Address::Gpib { .. }
                if !arguments.is_bench() =>
            {
                format!("listening on {address}")
            }
            _ if !arguments.is_bench() => format!("{protocol} on {address}, {resource}"),
            // What the name of the resource does not say.
            Address::Vxi11(_) | Address::Portmapper(_) => {
                format!("{name} {model} {resource}, {protocol} on {address}")
            }
            _ => format!("{name} {model} {resource}"),
        };
        println!("{here}");
    }
    if let Some(address) = running.control {
        println!("side channel on {address}");
    }
}

fn in_json(running: &Running) -> serde_json::Value {
    let instruments = running.standing.iter().map(|it| {
        let (address, resource) = (it.address.to_string(), it.address.resource());
        json!({
            "name": it.name,
            "model": it.model.text(),
            "protocol": it.address.protocol(),
            "address": address,
            "resource": resource,
        })
    });
    let instruments: Vec<_> = instruments.collect();
    let mut said = json!({ "instruments": instruments, "control": running.control });
    if !running.gateways.is_empty() {
        let gateways = running.gateways.iter().map(|it| {
            let (address, resource) = (it.address.to_string(), it.resource());
            json!({ "name": it.name, "kind": it.kind.text(), "address": address, "resource": resource })
        });
        said["gateways"] = gateways.collect();
    }
    said
}

/// Listens for Ctrl-C and SIGTERM from now on; what it returns ends with the first.
#[cfg(unix)]
fn interruption() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

#[cfg(not(unix))]
fn interruption() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
