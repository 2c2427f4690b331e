//! The benches that ship, served by the real binary on its ports.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench_server;

use std::{collections::BTreeMap, path::PathBuf};

use bench_server::{Client, Server};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/sim")).join(name)
}

/// A bench, a client on each of its instruments by name, and one on its side channel.
fn bench(name: &str) -> (Server, BTreeMap<String, Client>, Client) {
    let mut server = Server::start(&[file(name).to_str().unwrap(), "--json"]);
    let said: serde_json::Value = serde_json::from_str(&server.line()).unwrap();
    let clients = said["instruments"].as_array().unwrap().iter().map(|it| {
        let client = Client::connect(it["address"].as_str().unwrap());
        (it["name"].as_str().unwrap().to_owned(), client)
    });
    let clients = clients.collect();
    let panel = Client::connect(said["control"].as_str().unwrap());
    (server, clients, panel)
}

fn numbers(reply: &str) -> Vec<f64> {
    reply.split(',').map(|it| it.parse().unwrap()).collect()
}

#[test]
fn three_families_stand_on_one_bench_with_a_cable_and_a_side_channel() {
    let (_server, mut clients, mut panel) = bench("three-families.toml");
    let mut at = |name: &str, message: &str| clients.get_mut(name).unwrap().ask(message);
    for (name, model) in
        [("k2400", "MODEL 2400,"), ("k2450", "MODEL 2450,"), ("b2900", "Technologies,B2912A,")]
    {
        let identity = at(name, "*IDN?");
        assert!(identity.contains(model), "{name}: {identity}");
    }
    assert_eq!(panel.ask("instruments"), "ok b2900 k2400 k2450");
    // Both channels of the Keysight have their device.
    let currents = at(
        "b2900",
        ":FORM:ELEM:SENS CURR;:SOUR1:VOLT 0.5;:SOUR2:VOLT 0.5;:OUTP1 1;:OUTP2 1;:MEAS? (@1,2)",
    );
    let currents = numbers(&currents);
    assert_eq!(currents.len(), 2);
    assert!(currents.iter().all(|it| (1e-6..1e-4).contains(it)), "{currents:?}");
    // The 2450 measures when the 2400 says that it has.
    let reply = at(
        "k2450",
        ":SOUR:VOLT 0.5;:OUTP ON;:DIG:LINE1:MODE TRIG,IN;:TRIG:LOAD \"Empty\";\
         :TRIG:BLOC:WAIT 1, DIGio1;:TRIG:BLOC:MEAS 2;:INIT;:SYST:ERR:CODE?",
    );
    assert_eq!(reply, "0");
    assert_eq!(at("k2450", ":TRAC:ACT?"), "0");
    let current = at("k2400", ":SOUR:VOLT 0.5;:OUTP ON;:FORM:ELEM CURR;:TRIG:OUTP SENS;:READ?");
    assert!((1e-6..1e-4).contains(&numbers(&current)[0]), "{current}");
    assert_eq!(at("k2450", "*OPC?"), "1");
    assert_eq!(at("k2450", ":TRAC:ACT?"), "1");
    // A fault on one strikes no other.
    assert_eq!(panel.ask("b2900 trip"), "ok");
    assert_eq!(at("b2900", ":OUTP1?;:OUTP2?"), "0;0");
    assert_eq!((at("k2400", ":OUTP?"), at("k2450", ":OUTP?")), ("1".into(), "1".into()));
}

#[test]
fn two_2450s_shake_hands_on_their_digital_lines_over_tcp() {
    let (_server, mut clients, _panel) = bench("two-2450s-digital-lines.toml");
    for (name, own) in [
        (
            "base",
            ":DIG:LINE1:MODE TRIG,OUT;:TRIG:DIG1:OUT:STIM NOTIFY1;:DIG:LINE2:MODE TRIG,IN;\
             :TRIG:LOAD \"Empty\";:TRIG:BLOC:NOT 1, 1;:TRIG:BLOC:MEAS 2;:TRIG:BLOC:WAIT 3, DIGio2;\
             :TRIG:BLOC:BRAN:COUN 4, 5, 1",
        ),
        (
            "probe",
            ":DIG:LINE1:MODE TRIG,IN;:DIG:LINE2:MODE TRIG,OUT;:TRIG:DIG2:OUT:STIM NOTIFY3;\
             :TRIG:LOAD \"Empty\";:TRIG:BLOC:WAIT 1, DIGio1;:TRIG:BLOC:MEAS 2;\
             :TRIG:BLOC:NOT 3, 3;:TRIG:BLOC:BRAN:COUN 4, 5, 1",
        ),
    ] {
        let client = clients.get_mut(name).unwrap();
        client.send(":SENS:CURR:RANG 1E-4;:SENS:CURR:NPLC 0.1;:SOUR:VOLT:RANG 2");
        client.send(":SOUR:VOLT 0.5;:OUTP ON");
        client.send(own);
        assert_eq!(client.ask(":SYST:ERR:CODE?"), "0", "{name}");
    }
    // Who listens is started first, or the first pulse finds nobody.
    clients.get_mut("probe").unwrap().send(":INIT");
    assert_eq!(clients.get_mut("probe").unwrap().ask(":TRAC:ACT?"), "0");
    clients.get_mut("base").unwrap().send(":INIT");
    let currents: Vec<f64> = ["base", "probe"]
        .into_iter()
        .map(|name| {
            let client = clients.get_mut(name).unwrap();
            assert_eq!(client.ask("*OPC?"), "1", "{name}");
            let rows = numbers(&client.ask(":TRAC:DATA? 1,5,\"defbuffer1\",READ"));
            assert_eq!(rows.len(), 5, "{name}");
            rows.iter().sum::<f64>() / 5.0
        })
        .collect();
    // The twins' gains are 2 % apart.
    assert!((currents[1] / currents[0] / 1.02 - 1.0).abs() < 5e-3, "{currents:?}");
}
