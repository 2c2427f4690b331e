//! Opens one VXI-11 or HiSLIP link on this computer and says what it got. `tests/peers` runs it
//! against servers that were not written here.
//!
//! `lan_client vxi11 core|portmapper PORT [DEVICE]`,
//! `lan_client hislip synchronized|overlapped PORT`

use std::{error::Error, time::Duration};

use tokio::time::timeout;
use transport::{
    Transport,
    hislip::{self, HislipOptions, Mode},
    vxi11::{self, Vxi11Options},
};

type Anything = Box<dyn Error + Send + Sync>;

const HOST: &str = "127.0.0.1";
const LIMIT: Duration = Duration::from_secs(10);
/// For a reply that does not come.
const SHORT: Duration = Duration::from_millis(100);

async fn query(link: &mut impl Transport, message: &str) -> Result<Vec<u8>, Anything> {
    link.send(message.as_bytes()).await?;
    Ok(timeout(LIMIT, link.receive()).await??)
}

async fn text(link: &mut impl Transport, message: &str) -> Result<String, Anything> {
    Ok(String::from_utf8(query(link, message).await?)?)
}

async fn converse(link: &mut impl Transport) -> Result<(), Anything> {
    println!("identity: {}", text(link, "*IDN?").await?);

    let long = format!("LENGTH? {}", "x".repeat(4992));
    println!("a message of {} characters arrives as {}", long.len(), text(link, &long).await?);

    let numbers = text(link, "LONG?").await?;
    for (at, number) in numbers.split(',').enumerate() {
        if number.parse::<f64>()? != at as f64 {
            return Err(format!("number {at} is {number}").into());
        }
    }
    println!("{} numbers", numbers.split(',').count());

    let block = query(link, "BLOCK?").await?;
    let data = block.strip_prefix(b"#6102400").ok_or("no block")?;
    if data.iter().enumerate().any(|(at, byte)| usize::from(*byte) != at % 256) {
        return Err("the block's data is not what was sent".into());
    }
    println!("a block of {} bytes", data.len());

    // As many on their way at once as the link carries.
    let echoes = 500;
    let depth = link.depth().min(echoes);
    for at in 0..echoes + depth {
        if at < echoes {
            link.send(format!("ECHO? {at}").as_bytes()).await?;
        }
        if let Some(due) = (at + 1).checked_sub(depth).filter(|due| *due < echoes) {
            let echo = timeout(LIMIT, link.receive()).await??;
            if echo != due.to_string().as_bytes() {
                return Err(format!("{} instead of {due}", echo.escape_ascii()).into());
            }
        }
    }
    println!("{echoes} echoes");

    match link.status_byte().await? {
        Some(0) => println!("status: nothing to read"),
        other => return Err(format!("status {other:?}").into()),
    }
    if !link.trigger().await? {
        return Err("no trigger".into());
    }
    link.send(b"SERVICE").await?;
    timeout(LIMIT, link.service_request()).await??;
    println!("service requested");

    link.send(b"SILENT?").await?;
    match timeout(SHORT, link.receive()).await {
        Err(_) => println!("no reply"),
        Ok(reply) => return Err(format!("{reply:?}").into()),
    }
    link.send(b":OUTP OFF").await?;
    link.clear().await?;
    let heard = text(link, "HEARD?").await?;
    if heard == ":OUTP OFF" {
        println!("switched off in between");
    }
    println!("after the clear: {}", text(link, "*IDN?").await?);
    Ok(())
}

async fn run(arguments: &[&str]) -> Result<(), Anything> {
    match arguments {
        ["vxi11", how, port, device @ ..] => {
            let port: u16 = port.parse()?;
            let mut options = Vxi11Options { service_requests: true, ..Vxi11Options::default() };
            match *how {
                "core" => options.core_port = Some(port),
                _ => options.portmapper_port = port,
            }
            let device = device.first().copied().unwrap_or("inst0");
            let mut link = vxi11::connect(HOST, device, &options, LIMIT).await?;
            converse(&mut link).await?;
            link.close().await?;
        }
        ["hislip", mode, port] => {
            let mode = if *mode == "overlapped" { Mode::Overlapped } else { Mode::Synchronized };
            let options = HislipOptions { mode, ..HislipOptions::default() };
            let mut link = hislip::connect(HOST, "hislip0", port.parse()?, &options, LIMIT).await?;
            converse(&mut link).await?;
        }
        _ => return Err("see the beginning of the source".into()),
    }
    println!("closed");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
