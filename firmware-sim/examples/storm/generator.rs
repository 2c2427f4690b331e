//! Program messages as no sane client sends them: headers of a table, right and wrong parameters,
//! garbage, cut and joined anywhere.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Parameters that some header takes, and some that none does.
const PARAMETERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "100",
    "2500",
    "0.01",
    "1E-3",
    "1e-05",
    "-0.5",
    "210",
    "1E9",
    "9.9E37",
    "1.0",
    "ON",
    "OFF",
    "MIN",
    "MAX",
    "DEF",
    "UP",
    "DOWN",
    "INF",
    "NONE",
    "ONCE",
    "VOLT",
    "CURR",
    "RES",
    "\"VOLT\"",
    "'CURR:DC'",
    "\"RES\"",
    "LIST",
    "SWE",
    "FIX",
    "IMM",
    "BUS",
    "TIM",
    "TLIN",
    "AINT",
    "EXT1",
    "ASC",
    "REAL,32",
    "REAL,64",
    "SRE",
    "SWAP",
    "NORM",
    "NEXT",
    "NEV",
    "\"defbuffer1\"",
    "\"defbuffer2\"",
    "(@1)",
    "(@2)",
    "(@1,2)",
    "(@1:2)",
    "(@9)",
    "SOUR",
    "READ",
    "SOURSTAT",
    "TIME",
    "STAT",
    "#15hello",
    "#0x",
    "#B101",
    "#HFF",
    "#",
    "\"",
    "'",
    "(",
    "1 V",
    "20 mV",
    "1 XYZ",
    "FRON",
    "REAR",
    "BEST",
    "0,0.1,0.2,0.3,0.2,0.1",
    "\"Empty\"",
    "\"SimpleLoop\",3",
    "1,\"defbuffer1\"",
    "2,0.02",
    "4,1000,2",
    "\u{e9}",
    "",
];

/// Bytes that stand between and inside of messages.
const NOISE: &[u8] = b";;:,\n\r\t \"'#()@*?0123456789AZaz\x00\x03\x18\xff";

/// A source of messages for one instrument.
pub struct Generator {
    rng: ChaCha8Rng,
    headers: Vec<&'static str>,
}

impl Generator {
    /// Messages over the headers of an instrument's table.
    pub fn new(seed: u64, headers: Vec<&'static str>) -> Generator {
        Generator { rng: ChaCha8Rng::seed_from_u64(seed), headers }
    }

    /// Appends the next message, with or without its end.
    pub fn message(&mut self, out: &mut Vec<u8>) {
        let units = self.rng.random_range(1..=3);
        for index in 0..units {
            if index > 0 {
                out.push(b';');
            }
            self.unit(out);
        }
        if self.rng.random_bool(0.05) {
            self.spoil(out);
        }
        if self.rng.random_bool(0.98) {
            out.push(b'\n');
        }
    }

    fn unit(&mut self, out: &mut Vec<u8>) {
        let Some(pattern) = self.headers.choose(&mut self.rng).copied() else { return };
        let query = match pattern.strip_suffix("[?]") {
            Some(_) => self.rng.random_bool(0.5),
            None => pattern.ends_with('?'),
        };
        let pattern = pattern.trim_end_matches("[?]").trim_end_matches('?');
        self.header(pattern, out);
        if query {
            out.push(b'?');
        }
        let count = if query { self.rng.random_range(0..=2) } else { self.rng.random_range(0..=3) };
        for index in 0..count {
            out.extend_from_slice(if index == 0 { b" " } else { b"," });
            let parameter = PARAMETERS.choose(&mut self.rng).copied().unwrap_or_default();
            out.extend_from_slice(parameter.as_bytes());
        }
    }

    /// One of the forms of a pattern such as `[:SENSe#]:CURRent[:DC]:RANGe`.
    fn header(&mut self, pattern: &str, out: &mut Vec<u8>) {
        let long = self.rng.random_bool(0.3);
        let (mut optional, mut written) = (false, true);
        for byte in pattern.bytes() {
            match byte {
                b'[' => {
                    optional = true;
                    written = self.rng.random_bool(0.4);
                }
                b']' => (optional, written) = (false, true),
                _ if optional && !written => {}
                b'#' => match self.rng.random_range(0..4) {
                    0 => out.push(b'1'),
                    1 => out.push(b'0' + self.rng.random_range(0..10u8)),
                    _ => {}
                },
                b'a'..=b'z' if !long => {}
                byte => out.push(byte),
            }
        }
    }

    fn spoil(&mut self, out: &mut Vec<u8>) {
        for _ in 0..self.rng.random_range(1..6) {
            let at = self.rng.random_range(0..=out.len());
            match self.rng.random_range(0..3) {
                0 if at < out.len() => {
                    out.remove(at);
                }
                1 => {
                    let byte = NOISE.choose(&mut self.rng).copied().unwrap_or(b';');
                    out.insert(at, byte);
                }
                _ => out.insert(at, self.rng.random()),
            }
        }
    }

    /// Where to cut `length` bytes in two.
    pub fn cut(&mut self, length: usize) -> usize {
        self.rng.random_range(0..=length)
    }

    /// Whether something rare is to happen now.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.rng.next_u32().is_multiple_of(times)
    }
}
