//! Questions and answers in good order.

use crate::bench::{Bench, LIMIT, Station, options, text};

pub async fn identity<B: Bench>() {
    let station = Station::<B>::start().await;
    let identity = station.ask("*IDN?").await;
    assert!(identity.starts_with("KEITHLEY INSTRUMENTS INC.,MODEL 2400,"), "{identity}");
    station.session.close().await;
}

pub async fn many<B: Bench>() {
    let station = Station::<B>::start().await;
    station.say(":SOUR:VOLT:RANG 2;:SENS:CURR:PROT 2E-3;:SENS:CURR:RANG 1E-3;:FORM:ELEM VOLT,CURR;:OUTP ON").await;
    let levels: Vec<f64> = (1..=500_u32).map(|it| f64::from(it) / 1e3).collect();
    let messages = levels.iter().map(|level| (format!(":SOUR:VOLT {level};:READ?"), LIMIT));
    let answers = station.session.query_all(messages).await.unwrap();
    assert_eq!(answers.len(), levels.len());
    for (answer, level) in answers.into_iter().zip(levels) {
        let answer = text(answer.unwrap());
        let current: f64 = answer.split(',').nth(1).unwrap().parse().unwrap();
        assert!((current * 1e4 - level).abs() < 1e-4, "{answer} at {level} V");
    }
    station.has_no_errors().await;
}

pub async fn two_clients<B: Bench>() {
    if !B::CLIENTS {
        return;
    }
    let station = Station::<B>::start().await;
    let other = station.bench.connect(options()).await.unwrap();
    let one = async {
        for _ in 0..200 {
            assert_eq!(station.ask(":SYST:VERS?").await, "1996.0");
        }
    };
    let other = async {
        let many = vec![("*IDN?;*OPC?", LIMIT); 200];
        for answer in other.query_all(many).await.unwrap() {
            let answer = text(answer.unwrap());
            assert!(answer.starts_with("KEITHLEY") && answer.ends_with(";1"), "{answer}");
        }
    };
    tokio::join!(one, other);
}
