//! Every line goes through `scpi` 1.0.1 and through this project's parser, each with the same
//! commands: which of them are executed, with which data, and which error ends the line.

use scpi::tree::prelude::{self as oracle, Branch, Leaf};
use scpi_parser::{
    error::Error,
    program::{self, Numeric, Parameters},
    table::{Command, Table},
};

#[derive(Clone, Copy, Debug)]
enum Data {
    None,
    Number,
    Boolean,
    String,
    Block,
}

const TABLE: Table<(&str, Data)> = Table(&[
    Command { pattern: "*RST", action: ("rst", Data::None) },
    Command { pattern: "*IDN?", action: ("idn", Data::None) },
    Command { pattern: ":SOURce:VOLTage[:LEVel][?]", action: ("level", Data::Number) },
    Command { pattern: ":SOURce:VOLTage:RANGe[?]", action: ("range", Data::Number) },
    Command { pattern: ":OUTPut[:STATe][?]", action: ("output", Data::Boolean) },
    Command { pattern: ":TEXT[?]", action: ("text", Data::String) },
    Command { pattern: ":DATA[?]", action: ("data", Data::Block) },
]);

/// What was executed, in order, and the code of the error that ended the line.
type Outcome = (Vec<String>, Option<i16>);

fn ours(line: &[u8]) -> Outcome {
    let mut log = Vec::new();
    let result = program::units(line).try_for_each(|unit| {
        let mut unit = unit?;
        let (name, data) = *TABLE.find(&unit)?.action;
        if unit.is_query {
            log.push(format!("{name}?"));
        } else {
            let read = our_data(data, &mut unit.parameters)?;
            unit.parameters.finish()?;
            log.push(format!("{name} {read}"));
        }
        Ok::<(), Error>(())
    });
    (log, result.err().map(Error::code))
}

fn our_data(data: Data, parameters: &mut Parameters<'_>) -> Result<String, Error> {
    Ok(match data {
        Data::None => String::new(),
        Data::Number => match parameters.number(&[])? {
            Numeric::Value(value) => format!("{value:?}"),
            word => format!("{word:?}"),
        },
        Data::Boolean => parameters.boolean()?.to_string(),
        Data::String => parameters.string()?.escape_ascii().to_string(),
        Data::Block => parameters.block()?.escape_ascii().to_string(),
    })
}

#[derive(Default)]
struct Bench(Vec<String>);

impl oracle::Device for Bench {
    fn handle_error(&mut self, _: oracle::Error) {}
}

struct Logged(&'static str, Data);

impl oracle::Command<Bench> for Logged {
    fn event(
        &self,
        bench: &mut Bench,
        _: &mut oracle::Context,
        mut parameters: oracle::Parameters,
    ) -> scpi::error::Result<()> {
        let read = match self.1 {
            Data::None => String::new(),
            Data::Number => format!("{:?}", parameters.next_data::<f64>()?),
            Data::Boolean => parameters.next_data::<bool>()?.to_string(),
            Data::String => parameters.next_data::<&[u8]>()?.escape_ascii().to_string(),
            Data::Block => {
                let block: scpi::parser::format::Arbitrary = parameters.next_data()?;
                block.0.escape_ascii().to_string()
            }
        };
        bench.0.push(format!("{} {read}", self.0));
        Ok(())
    }

    fn query(
        &self,
        bench: &mut Bench,
        _: &mut oracle::Context,
        _: oracle::Parameters,
        mut response: oracle::ResponseUnit,
    ) -> scpi::error::Result<()> {
        bench.0.push(format!("{}?", self.0));
        response.data(1u8).finish()
    }
}

const fn leaf(
    name: &'static [u8],
    default: bool,
    handler: &'static Logged,
) -> oracle::Node<'static, Bench> {
    Leaf { name, default, handler }
}

const TREE: oracle::Node<'static, Bench> = Branch {
    name: b"",
    default: false,
    sub: &[
        leaf(b"*RST", false, &Logged("rst", Data::None)),
        leaf(b"*IDN", false, &Logged("idn", Data::None)),
        Branch {
            name: b"SOURce",
            default: false,
            sub: &[Branch {
                name: b"VOLTage",
                default: false,
                sub: &[
                    leaf(b"LEVel", true, &Logged("level", Data::Number)),
                    leaf(b"RANGe", false, &Logged("range", Data::Number)),
                ],
            }],
        },
        Branch {
            name: b"OUTPut",
            default: false,
            sub: &[leaf(b"STATe", true, &Logged("output", Data::Boolean))],
        },
        leaf(b"TEXT", false, &Logged("text", Data::String)),
        leaf(b"DATA", false, &Logged("data", Data::Block)),
    ],
};

/// What the oracle executes, the code of its error, and its reply.
fn theirs(line: &[u8]) -> (Outcome, Vec<u8>) {
    let (mut bench, mut reply) = (Bench::default(), Vec::new());
    let result = TREE.run(line, &mut bench, &mut oracle::Context::default(), &mut reply);
    ((bench.0, result.err().map(|it| it.get_code())), reply)
}

/// Lines of which both make the same.
const LINES: &[&str] = &[
    "*RST",
    "*idn?",
    ":SOUR:VOLT 1",
    "sour:volt 1.5e-3",
    ":SOURce:VOLTage:LEVel 1",
    ":SOUR:VOLT?",
    ":SOUR:VOLT:LEV?",
    ":SOUR:VOLT:LEV 1;RANG 2",
    ":SOUR:VOLT:RANG 1;LEV 2",
    ":SOUR:VOLT:LEV 1;*RST;RANG 2",
    ":SOUR:VOLT:LEV 1;:OUTP ON",
    "*IDN?;*RST;*IDN?",
    ":OUTP 1",
    ":OUTP OFF",
    ":OUTP:STAT on;STAT?",
    ":SOUR:VOLT +.5",
    ":TEXT 'abc'",
    ":TEXT \"a;b,c\"",
    ":DATA #13abc",
    ":DATA #15a;\nb,;*RST",
    ":SOURC:VOLT 1",
    ":SOU:VOLT 1",
    ":VOLT 1",
    "RST",
    ":SOUR:VOLT",
    ":SOUR:VOLT 1 V",
    ":SOUR:VOLT 'a'",
    ":OUTP 'ON'",
    ":TEXT 1",
    ":TEXT 'abc",
    ":DATA #15abc",
    ":ABCDEFGHIJKLM 1",
    "*RST;",
    "*IDN?;",
    ":SOUR:VOLT 1\r",
    ":OUTP 1.0",
    ":OUTP 0.4",
    ":DATA #12 \n",
    ":SOUR:VOLT 1 ;RANG 2",
    ":SOUR:VOLT? ; RANG?",
];

/// Where the two differ: the line, what the oracle makes of it, and why ours is another.
type Difference = (&'static str, &'static [&'static str], Option<i16>, &'static str);

const DIFFERENT: &[Difference] = &[
    (":*RST", &[], Some(-103), "released drivers send the colon"),
    (":SOUR:VOLT:LEV 1;:*RST;RANG 2", &["level 1.0"], Some(-103), "the same"),
    (";*RST", &[], Some(-102), "empty units are harmless"),
    ("*RST;;*RST", &["rst "], Some(-102), "empty units are harmless"),
    (" *RST ", &[], Some(-102), "white space before a unit is allowed"),
    (":SOUR:VOLT #HFF", &[], Some(-104), "non-decimal data are numbers too"),
    (":SOUR:VOLT #b101", &[], Some(-104), "the same"),
    (":SOUR:VOLT #Q17", &[], Some(-104), "the same"),
    (":SOUR:VOLT #HG", &[], Some(-120), "the digit is what is invalid"),
    (":DATA #0ab;c", &[], Some(-161), "the terminator is removed before, not looked for"),
    (":TEXT 'a''b'", &["text a\\'\\'b"], None, "doubled quotes are undone"),
    (
        ":SOUR:VOLT MAX",
        &["level 1.7976931348623157e308"],
        None,
        "what it means is the instrument's",
    ),
    (":SOUR:VOLT 1 E 3", &[], Some(-131), "white space before and in an exponent is allowed"),
    (":SOUR:VOLT 1e400", &["level inf"], None, "infinity has a word of its own"),
    (":SOUR:VOLT 1.1.1", &[], Some(-131), "a point is no suffix"),
    (":SOUR:VOLT 1 2", &[], Some(-131), "the comma is missing"),
    (":SOUR:VOLT 1e", &[], Some(-120), "an E without digits begins a suffix"),
    (
        ":SOUR:VOLT 1,2",
        &["level 1.0"],
        Some(-108),
        "surplus data are found before anything is done",
    ),
    (":SOUR:VOLT 1,", &["level 1.0"], Some(-108), "the same"),
    ("*RST 1", &["rst "], Some(-108), "the same"),
    (":OUTP MAYBE", &[], Some(-224), "an unknown word is invalid character data"),
    (":SOUR::VOLT 1", &[], Some(-103), "a mnemonic is missing, not a separator"),
    ("SETUP& 1", &[], Some(-113), "the standard's own example of -101"),
];

#[test]
fn both_parsers_execute_the_same() {
    for line in LINES {
        assert_eq!(ours(line.as_bytes()), theirs(line.as_bytes()).0, "{line:?}");
    }
}

#[test]
fn the_differences_are_the_known_ones() {
    for (line, log, code, why) in DIFFERENT {
        let theirs = theirs(line.as_bytes()).0;
        let expected: Vec<String> = log.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(theirs, (expected, *code), "{line:?}");
        assert_ne!(theirs, ours(line.as_bytes()), "{line:?}: {why}");
    }
}

#[test]
fn the_oracle_drops_the_line_feed_behind_a_query_with_a_semicolon() {
    assert_eq!(theirs(b"*IDN?").1, b"1\n");
    assert_eq!(theirs(b"*IDN?;").1, b"1");
}
