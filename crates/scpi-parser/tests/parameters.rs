//! Parameters: every type, and the codes of what is refused.

use std::fmt::Debug;

use scpi_parser::{
    error::Error,
    program::{self, Numeric, Parameters},
};

const UNITS: [&str; 5] = ["V", "A", "S", "OHM", "HZ"];

/// Reads the parameters of `X <data>`; an error is its code.
fn read<T>(
    data: &[u8],
    read: impl FnOnce(&mut Parameters<'_>) -> Result<T, Error>,
) -> Result<T, i16> {
    let message = [b"X ", data].concat();
    let unit = program::units(&message).next().expect("a unit");
    unit.and_then(|mut unit| {
        let value = read(&mut unit.parameters)?;
        unit.parameters.finish()?;
        Ok(value)
    })
    .map_err(Error::code)
}

fn check<T: PartialEq + Debug>(data: &str, found: Result<T, i16>, expected: Result<T, i16>) {
    assert_eq!(found, expected, "{data:?}");
}

#[test]
fn decimal_numbers_have_multipliers_and_suffixes() {
    for (data, expected) in [
        ("1", 1.0),
        ("+1.", 1.0),
        ("-.5", -0.5),
        ("1e-05", 1e-5),
        ("1E+5", 1e5),
        ("1 E 3", 1e3),
        ("1E3 V", 1e3),
        ("007", 7.0),
        ("1.000001", 1.000001),
        ("20 mV", 0.02),
        ("20MV", 0.02),
        ("1.1 mV", 0.0011),
        ("1 V", 1.0),
        ("3.3uA", 3.3e-6),
        ("100 nA", 1e-7),
        ("5 PA", 5e-12),
        ("5 FA", 5e-15),
        ("5 AA", 5e-18),
        ("2 kV", 2e3),
        ("2 MAV", 2e6),
        ("2 MAA", 2e6),
        ("2 MA", 2e-3),
        ("2 GV", 2e9),
        ("2 TV", 2e12),
        ("2 PEV", 2e15),
        ("2 EXV", 2e18),
        // Mega, as the standard makes an exception for both.
        ("1 MOHM", 1e6),
        ("1 MAOHM", 1e6),
        ("1 mHz", 1e6),
        ("4.7 kohm", 4.7e3),
        ("50 ms", 0.05),
        ("1e-400", 0.0),
        ("#HFF", 255.0),
        ("#hff", 255.0),
        ("#Q17", 15.0),
        ("#B1010", 10.0),
        ("#HFFFFFFFFFFFFFFFF", 18446744073709551615.0),
        ("#H00000000000000000001", 1.0),
    ] {
        check(data, read(data.as_bytes(), |it| it.number(&UNITS)), Ok(Numeric::Value(expected)));
    }
}

#[test]
fn words_stand_for_numbers() {
    for (data, expected) in [
        ("MIN", Numeric::Minimum),
        ("minimum", Numeric::Minimum),
        ("MAX", Numeric::Maximum),
        ("DEF", Numeric::Default),
        ("Default", Numeric::Default),
        ("UP", Numeric::Up),
        ("DOWN", Numeric::Down),
        ("INF", Numeric::Infinity),
        ("INFINITY", Numeric::Infinity),
        ("NINF", Numeric::NegativeInfinity),
        ("NAN", Numeric::NotANumber),
    ] {
        check(data, read(data.as_bytes(), |it| it.number(&[])), Ok(expected));
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_code() {
    let long = "1".repeat(256);
    for (data, code) in [
        ("", -109),
        (",1", -102),
        ("1,", -108),
        ("1,2", -108),
        ("1 2", -103),
        ("1 .5", -103),
        ("1:CH1:VOLTS 5", -103),
        ("1 'a'", -103),
        ("1 (@1)", -103),
        ("'1'", -104),
        ("(@1)", -104),
        ("#11x", -104),
        ("#0", -104),
        ("#", -121),
        ("#X1", -120),
        ("#H", -121),
        ("#HG", -121),
        ("#B2", -121),
        ("#Q8", -121),
        ("#H+1", -121),
        ("#H1 V", -121),
        ("#H10000000000000000", -124),
        (&long, -124),
        (".", -121),
        ("+", -121),
        ("-e5", -121),
        ("1.2.3", -121),
        ("1-2", -121),
        ("--1", -121),
        ("1&", -121),
        ("1e32001", -123),
        ("1e-32001", -123),
        ("1e99999999999999999999", -123),
        ("1e400", -123),
        ("1e300 EXV", -123),
        ("1 W", -131),
        ("1 VV", -131),
        ("1 m V", -131),
        ("1 XV", -131),
        ("1 \u{b5}V", -131),
        ("1e", -131),
        ("MI", -141),
        ("MINI", -141),
        ("MINIMUMS", -141),
        ("FOO", -141),
    ] {
        check(data, read(data.as_bytes(), |it| it.number(&UNITS)), Err(code));
    }
    check("1 V", read(b"1 V", |it| it.number(&[])), Err(-138));
    check("1 FOO", read(b"1 FOO", |it| it.number(&[])), Err(-138));
}

#[test]
fn booleans_are_words_or_numbers() {
    for (data, expected) in [
        ("ON", Ok(true)),
        ("off", Ok(false)),
        ("1", Ok(true)),
        ("0", Ok(false)),
        ("1.0", Ok(true)),
        ("0.0", Ok(false)),
        ("0.4", Ok(false)),
        ("-0.4", Ok(false)),
        ("2", Ok(true)),
        ("-1", Ok(true)),
        ("#B1", Ok(true)),
        ("", Err(-109)),
        ("TRUE", Err(-141)),
        ("MAX", Err(-141)),
        ("1 V", Err(-138)),
        ("'ON'", Err(-104)),
        ("ON OFF", Err(-141)),
    ] {
        check(data, read(data.as_bytes(), |it| it.boolean()), expected);
    }
}

#[test]
fn a_choice_is_the_short_or_the_long_form_and_nothing_in_between() {
    let choices = [("VOLTage", 'v'), ("CURRent", 'c'), ("TTL4", 't')];
    for (data, expected) in [
        ("VOLT", Ok('v')),
        ("voltage", Ok('v')),
        ("Curr", Ok('c')),
        ("ttl4", Ok('t')),
        ("VOLTA", Err(-141)),
        ("VOL", Err(-141)),
        ("VOLTAGES", Err(-141)),
        ("TTL", Err(-141)),
        ("VOLT VOLT", Err(-141)),
        ("VOLT,1", Err(-108)),
        ("1", Err(-104)),
        ("'VOLT'", Err(-104)),
        ("", Err(-109)),
    ] {
        check(data, read(data.as_bytes(), |it| it.choice(&choices)), expected);
    }
}

#[test]
fn strings_stand_in_either_quote() {
    for (data, expected) in [
        ("'CURR'", Ok("CURR")),
        ("\"CURR\"", Ok("CURR")),
        ("''", Ok("")),
        ("\"a\"\"b\"", Ok("a\"b")),
        ("'a''b'", Ok("a'b")),
        ("'a\"b'", Ok("a\"b")),
        ("''''", Ok("'")),
        ("' a;b,c #15'", Ok(" a;b,c #15")),
        ("\" \t\"  ", Ok(" \t")),
        ("'a'b'c'", Err(-151)),
        ("'a' 'b'", Err(-151)),
        ("'a'b", Err(-151)),
        ("CURR", Err(-104)),
        ("1", Err(-104)),
        ("", Err(-109)),
    ] {
        let found = read(data.as_bytes(), |it| Ok(it.string()?.into_owned()));
        check(data, found, expected.map(|it| it.as_bytes().to_vec()));
    }
}

#[test]
fn channel_lists_hold_channels_and_ranges() {
    for (data, expected) in [
        ("(@1)", Ok(vec![(1, 1)])),
        ("(@1,2)", Ok(vec![(1, 1), (2, 2)])),
        ("(@1,3:5)", Ok(vec![(1, 1), (3, 5)])),
        ("( @ 101 , 5:3 )", Ok(vec![(101, 101), (5, 3)])),
        ("(@)", Err(-171)),
        ("(1)", Err(-171)),
        ("(@1,)", Err(-171)),
        ("(@1:)", Err(-171)),
        ("(@a)", Err(-171)),
        ("(@-1)", Err(-171)),
        ("(@4294967296)", Err(-171)),
        ("(@1)(@2)", Err(-171)),
        ("@1", Err(-104)),
        ("1", Err(-104)),
        ("", Err(-109)),
    ] {
        let found = read(data.as_bytes(), |it| {
            let channels: Result<Vec<_>, _> = it.channels()?.collect();
            Ok(channels?.iter().map(|it| (it.first, it.last)).collect())
        });
        check(data, found, expected);
    }
}

#[test]
fn blocks_are_counted_or_run_to_the_end() {
    for (data, expected) in [
        (&b"#15a,b;c"[..], Ok(&b"a,b;c"[..])),
        (b"#15a\nb\nc", Ok(b"a\nb\nc")),
        (b"#3005abcde ", Ok(b"abcde")),
        (b"#0a,b;c", Ok(b"a,b;c")),
        (b"#13abcd", Err(-161)),
        (b"#13abc d", Err(-161)),
        (b"#13ab", Err(-161)),
        (b"#9", Err(-161)),
        (b"#13abc,1", Err(-108)),
        (b"#H1", Err(-104)),
        (b"'a'", Err(-104)),
        (b"", Err(-109)),
    ] {
        let found = read(data, |it| Ok(it.block()?.to_vec()));
        assert_eq!(found, expected.map(<[u8]>::to_vec), "{}", data.escape_ascii());
    }
}

#[test]
fn parameters_come_one_after_another() {
    let found = read(b"VOLTAGE, 'a,b' ,(@1,2),#13,;, , 5 mV", |it| {
        let mut raw = Vec::new();
        while let Some(next) = it.next_raw()? {
            raw.push(next.to_vec());
        }
        Ok(raw)
    });
    let expected: [&[u8]; 5] = [b"VOLTAGE", b"'a,b'", b"(@1,2)", b"#13,;,", b"5 mV"];
    assert_eq!(found, Ok(expected.map(<[u8]>::to_vec).to_vec()));
}
