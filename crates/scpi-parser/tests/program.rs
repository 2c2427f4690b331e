//! Program messages: units, header paths, and what is refused.

use scpi_parser::{error::Error, program};

/// The units of a message as absolute headers, and the code of the error that ended it.
fn headers(message: &[u8]) -> (Vec<String>, Option<i16>) {
    let mut headers = Vec::new();
    for unit in program::units(message) {
        let unit = match unit {
            Ok(unit) => unit,
            Err(error) => return (headers, Some(error.code())),
        };
        let nodes: Vec<_> =
            unit.header.nodes().iter().map(|it| String::from_utf8_lossy(it)).collect();
        let start = if unit.header.is_common() { "*" } else { ":" };
        let end = if unit.is_query { "?" } else { "" };
        headers.push(format!("{start}{}{end}", nodes.join(":")));
    }
    (headers, None)
}

#[test]
fn a_header_continues_the_path_of_the_unit_before() {
    for (message, expected) in [
        ("", &[][..]),
        (" \t\r", &[]),
        ("*IDN?", &["*IDN?"]),
        ("VOLT 1", &[":VOLT"]),
        (":SOUR:VOLT:LEV 1;RANG 2", &[":SOUR:VOLT:LEV", ":SOUR:VOLT:RANG"]),
        (":SOUR:VOLT 1;CURR 2", &[":SOUR:VOLT", ":SOUR:CURR"]),
        ("SOUR:VOLT 1;LEV:IMM 2;AMPL 3", &[":SOUR:VOLT", ":SOUR:LEV:IMM", ":SOUR:LEV:AMPL"]),
        (":SOUR:VOLT 1;:OUTP ON", &[":SOUR:VOLT", ":OUTP"]),
        (":SOUR:VOLT?;VOLT?", &[":SOUR:VOLT?", ":SOUR:VOLT?"]),
        // Common commands leave the path alone, with and without a colon.
        (":SOUR:VOLT 1;*OPC;CURR 2", &[":SOUR:VOLT", "*OPC", ":SOUR:CURR"]),
        (":SOUR:VOLT 1;:*CLS;CURR 2", &[":SOUR:VOLT", "*CLS", ":SOUR:CURR"]),
        (":*RST", &["*RST"]),
        // What released drivers really send.
        (
            "status:queue:clear;*RST;:stat:pres;:*CLS;",
            &[":status:queue:clear", "*RST", ":stat:pres", "*CLS"],
        ),
        (":CALC3:FORM MEAN;:CALC3:DATA?;", &[":CALC3:FORM", ":CALC3:DATA?"]),
        (":sens1:curr:prot 0.1\r", &[":sens1:curr:prot"]),
        ("  :ARM:COUN 1 ; :TRIG:COUN 10 \r", &[":ARM:COUN", ":TRIG:COUN"]),
        (";;*CLS;;", &["*CLS"]),
        // Semicolons inside data end nothing.
        ("TEXT 'a;b';*CLS", &[":TEXT", "*CLS"]),
        ("TEXT \"a'\"\"';b\";*CLS", &[":TEXT", "*CLS"]),
        ("DATA #13a;b;*CLS", &[":DATA", "*CLS"]),
        ("SCAN (@1;(2;\")\")),3;*CLS", &[":SCAN", "*CLS"]),
        ("DATA #0a;*CLS", &[":DATA"]),
        ("ABCDEFGHIJKL1234 1", &[":ABCDEFGHIJKL1234"]),
        ("A:B:C:D:E:F:G:H:I:J:K:L", &[":A:B:C:D:E:F:G:H:I:J:K:L"]),
    ] {
        let (found, error) = headers(message.as_bytes());
        assert_eq!(found, expected, "{message:?}");
        assert_eq!(error, None, "{message:?}");
    }
}

#[test]
fn a_malformed_header_is_the_last_of_its_message() {
    for (message, units, code) in [
        (&b":"[..], 0, -102),
        (b"?", 0, -102),
        (b"*", 0, -102),
        (b"*?", 0, -102),
        (b"**CLS", 0, -102),
        (b"VOLT::LEV 1", 0, -102),
        (b"VOLT: 1", 0, -102),
        (b"1VOLT", 0, -102),
        (b"_VOLT", 0, -102),
        (b"VOLT??", 0, -102),
        (b"SETUP&", 0, -101),
        (b"&SETUP", 0, -101),
        (b"\xb5V 1", 0, -101),
        (b"*GMC\"MACRO\"", 0, -111),
        (b"VOLT,1", 0, -111),
        (b"VOLT+1", 0, -111),
        (b"SCAN(@1)", 0, -111),
        (b"DATA#10", 0, -111),
        (b"ABCDEFGHIJKLM 1", 0, -112),
        (b"ABCDEFG_HIJKL_9 1", 0, -112),
        (b"A:B:C:D:E:F:G:H:I:J:K:L:M", 0, -113),
        (b"TEXT 'a", 0, -151),
        (b"TEXT 'a''", 0, -151),
        (b"DATA #15a", 0, -161),
        (b"DATA #2x5abcde", 0, -161),
        (b"SCAN (@1", 0, -171),
        (b"SCAN (@(1)", 0, -171),
        (b"*CLS;:SETUP&;*RST", 1, -101),
        (b"*CLS;TEXT 'a;*RST", 1, -151),
    ] {
        let (found, error) = headers(message);
        assert_eq!((found.len(), error), (units, Some(code)), "{}", message.escape_ascii());
    }
}

#[test]
fn white_space_at_the_end_of_a_block_is_data() -> Result<(), Error> {
    for (message, data) in [
        (&b"DATA #13a \n"[..], &b"a \n"[..]),
        (b"DATA #13\r\n\t \r\n", b"\r\n\t"),
        (b"DATA \t#13;,; ;*CLS", b";,;"),
        (b"DATA #10", b""),
        (b"DATA #0a \r", b"a \r"),
        (b"DATA #0", b""),
    ] {
        let mut units = program::units(message);
        let mut unit = units.next().expect("a unit")?;
        assert_eq!(unit.parameters.block()?, data, "{}", message.escape_ascii());
        unit.parameters.finish()?;
    }
    Ok(())
}
