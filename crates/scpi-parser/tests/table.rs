//! Command tables: forms, optional nodes, numeric suffixes.

use scpi_parser::{
    program,
    table::{Command, Table},
};

const TABLE: Table<&str> = Table(&[
    Command { pattern: "*IDN?", action: "idn?" },
    Command { pattern: "*ESE[?]", action: "ese" },
    Command { pattern: "*CLS", action: "cls" },
    Command { pattern: ":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", action: "level" },
    Command { pattern: "[:SENSe#]:CURRent[:DC]:NPLCycles[?]", action: "nplc" },
    Command { pattern: ":TRIGger[:SEQuence]:DELay:USER#", action: "user" },
    Command { pattern: ":ROUTe:CLOSe#:SLOT#", action: "slot" },
    Command { pattern: ":TRIGger:OLINe:TTL4", action: "ttl4" },
    Command { pattern: ":INITiate[:IMMediate]", action: "init" },
    Command { pattern: ":READ?", action: "read?" },
]);

/// Which command, with which suffixes; otherwise the code.
fn find(message: &str) -> Result<(&'static str, Vec<u32>), i16> {
    let unit = program::units(message.as_bytes()).next().expect("a unit");
    let found = unit.and_then(|it| TABLE.find(&it));
    found.map(|it| (*it.action, it.suffixes().to_vec())).map_err(|it| it.code())
}

#[test]
fn headers_are_found_in_short_and_long_form() {
    for (message, action, suffixes) in [
        ("*IDN?", "idn?", &[][..]),
        ("*idn?", "idn?", &[]),
        (":*ESE 1", "ese", &[]),
        ("*ESE?", "ese", &[]),
        (":SOUR:VOLT 1", "level", &[1]),
        ("source:voltage?", "level", &[1]),
        (":SOUR2:VOLT 1", "level", &[2]),
        (":SOURCE1:VOLTage:LEV:IMMEDIATE:AMPL 1", "level", &[1]),
        (":SOUR:VOLT:AMPL 1", "level", &[1]),
        (":SOUR:VOLT:LEV:AMPL 1", "level", &[1]),
        (":SOUR0007:VOLT 1", "level", &[7]),
        (":SOUR99999999999:VOLT 1", "level", &[u32::MAX]),
        (":CURR:NPLC 1", "nplc", &[1]),
        (":SENSe:current:NPLCycles?", "nplc", &[1]),
        (":sens2:curr:dc:nplc 1", "nplc", &[2]),
        (":TRIG:DEL:USER3", "user", &[3]),
        (":TRIG:SEQ:DEL:user", "user", &[1]),
        (":ROUT:CLOS3:SLOT4", "slot", &[3, 4]),
        (":TRIG:OLIN:ttl4", "ttl4", &[]),
        (":INIT", "init", &[]),
        (":READ?", "read?", &[]),
    ] {
        assert_eq!(find(message), Ok((action, suffixes.to_vec())), "{message}");
    }
}

#[test]
fn other_headers_are_undefined() {
    for message in [
        // Nothing between the short and the long form, nothing shorter, nothing longer.
        ":SOURC:VOLT 1",
        ":SOU:VOLT 1",
        ":SOUR:VOLTA 1",
        ":SOURCES:VOLT 1",
        // Not in this form.
        "*IDN",
        "*CLS?",
        ":READ",
        ":INIT?",
        // Nodes missing, repeated, out of order, too many.
        ":SOUR 1",
        ":SOUR:SOUR:VOLT 1",
        ":SOUR:VOLT:AMPL:LEV 1",
        ":SOUR:VOLT:LEV:LEV 1",
        ":NPLC 1",
        ":INIT:IMM:IMM",
        // A suffix where the pattern has none, and a fixed one that differs.
        ":SOUR:VOLT2 1",
        ":TRIG:OLIN:TTL3",
        ":TRIG:OLIN:TTL",
        ":1SOUR",
        "IDN?",
        "*SOUR:VOLT",
        "*READ?",
    ] {
        let found = find(message);
        assert!(matches!(found, Err(-113 | -102 | -101)), "{message}: {found:?}");
    }
}

#[test]
fn a_suffix_is_held_against_its_range() {
    for (message, expected) in [
        (":SOUR:VOLT 1", Ok(1)),
        (":SOUR2:VOLT 1", Ok(2)),
        (":SOUR0:VOLT 1", Err(-114)),
        (":SOUR3:VOLT 1", Err(-114)),
        (":SOUR4294967297:VOLT 1", Err(-114)),
        (":INIT", Err(-114)),
    ] {
        let unit = program::units(message.as_bytes()).next().expect("a unit");
        let suffix = unit.and_then(|it| TABLE.find(&it)?.suffix(0, 1..=2));
        assert_eq!(suffix.map_err(|it| it.code()), expected, "{message}");
    }
}
