//! Much data, both ways.

use crate::bench::{Bench, LIMIT, Station};

pub const POINTS: usize = 2500;

/// Levels of a whole number of the source's codes of 50 µV.
fn levels() -> Vec<f64> {
    (0..POINTS).map(|it| (it * 7919 % 20_001) as f64 * 5e-5).collect()
}

/// Sends the list, 100 levels a message, and switches on; the elements are what a point is to hold.
pub async fn stage<B: Bench>(station: &Station<B>, elements: &str) {
    station.say("*RST").await;
    station.say(":SOUR:VOLT:RANG 2;:SENS:CURR:PROT 2E-3;:SENS:CURR:RANG 1E-3").await;
    for (number, chunk) in levels().chunks(100).enumerate() {
        let append = if number == 0 { "" } else { ":APP" };
        let chunk: Vec<_> = chunk.iter().map(f64::to_string).collect();
        station.say(&format!(":SOUR:LIST:VOLT{append} {}", chunk.join(","))).await;
    }
    station.say(&format!(":SOUR:VOLT:MODE LIST;:TRIG:COUN {POINTS};:FORM:ELEM {elements}")).await;
    station.say(":OUTP ON").await;
}

pub async fn long_list<B: Bench>() {
    let station = Station::<B>::start().await;
    stage(&station, "VOLT,CURR").await;
    let count: f64 = station.ask(":SOUR:LIST:VOLT:POIN?").await.parse().unwrap();
    assert_eq!(count as usize, POINTS);
    let answer = station.ask(":READ?").await;
    let numbers: Vec<f64> = answer.split(',').map(|it| it.parse().unwrap()).collect();
    assert_eq!(numbers.len(), 2 * POINTS);
    for (reading, level) in numbers.chunks(2).zip(levels()) {
        assert!((reading[0] - level).abs() < 1e-6, "{reading:?} at {level} V");
        assert!((reading[1] * 1e4 - level).abs() < 1e-4, "{reading:?} at {level} V");
    }
    station.has_no_errors().await;
}

pub async fn long_reply<B: Bench>() {
    let station = Station::<B>::start().await;
    stage(&station, "VOLT,CURR,RES,TIME,STAT").await;
    let answer = station.ask(":READ?").await;
    // Each number has 13 characters and a comma or the end behind it.
    assert_eq!(answer.len() + 1, POINTS * 5 * 14);
    assert!(answer.split(',').all(|it| it.parse::<f64>().is_ok()));
    station.has_no_errors().await;
}

pub async fn block<B: Bench>() {
    if !B::BINARY {
        return;
    }
    let station = Station::<B>::start().await;
    stage(&station, "VOLT").await;
    station.say(":FORM:DATA SRE;:FORM:BORD NORM").await;
    let bytes = POINTS * 4;
    let answer = station.session.query_block(":READ?", bytes, LIMIT).await.unwrap();
    assert_eq!((&answer[..2], answer.len()), (&b"#0"[..], 2 + bytes));
    let data = &answer[2..];
    assert!(data.contains(&b'\n'), "the check needs a line feed among the data");
    for (number, level) in data.chunks(4).zip(levels()) {
        let number = f32::from_be_bytes(number.try_into().unwrap());
        assert!((f64::from(number) - level).abs() < 1e-6, "{number} at {level} V");
    }
    station.is_in_step().await;
    station.say(":FORM:DATA ASC").await;
    station.has_no_errors().await;
}
