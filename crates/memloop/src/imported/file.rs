//! What must be known of a curve's file before an instrument is set up for it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use firmware_sim::TableQuantity;
use smu::units::Amperes;

use crate::{config, exit::BadInput};

/// Column names, in small letters, without their unit in brackets.
const VOLTS: [&str; 6] = ["volts", "volt", "v", "voltage", "v_volt", "voltage_v"];
const AMPERES: [&str; 7] = ["amperes", "ampere", "a", "i", "current", "i_ampere", "current_a"];
const SIEMENS: [&str; 5] = ["siemens", "s", "g", "conductance", "conductance_s"];

/// A measured curve.
pub struct CurveFile {
    /// The file.
    pub path: PathBuf,
    /// Of voltage and value, from 0.
    pub columns: [usize; 2],
    /// What the second of them holds.
    pub quantity: TableQuantity,
    /// Nothing says what the second column holds: amperes are a guess.
    pub is_guessed: bool,
    /// The last line has no line feed: its number may be a part of one.
    pub is_cut: bool,
    /// (V, A or S), as they stand in the file.
    pub rows: Vec<(f64, f64)>,
    /// The lowest and the highest, V.
    pub volts: [f64; 2],
}

impl CurveFile {
    /// Reads columns separated by commas, semicolons, tabs or spaces, with or without a header.
    ///
    /// # Errors
    /// There is no such file, or no curve in it, named with its line.
    pub fn read(path: &Path, values: Option<TableQuantity>) -> Result<CurveFile> {
        let text = config::read(path)?;
        let refused = |line: usize, sentence: String| -> anyhow::Error {
            BadInput::new(format!("{}:{line}: {sentence}", path.display())).into()
        };
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line.trim_start_matches('\u{feff}').trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%']))
            .peekable();
        let head = lines.peek().map(|it| (it.0, cells(it.1)));
        let (line, head) = head.ok_or_else(|| refused(1, "the file has no points".to_owned()))?;
        let bare = head.iter().all(|it| it.parse::<f64>().is_ok());
        let (columns, quantity) = if bare {
            ([0, 1], values.unwrap_or(TableQuantity::Amperes))
        } else {
            lines.next();
            named(&head, values).map_err(|sentence| refused(line, sentence))?
        };
        let mut rows = Vec::new();
        for (line, text) in lines {
            let cells = cells(text);
            let number = |column: usize| {
                let cell = cells.get(column).copied().unwrap_or("");
                cell.parse::<f64>().ok().filter(|it| it.is_finite()).ok_or_else(|| {
                    refused(line, format!("\"{cell}\" in column {} is not a number", column + 1))
                })
            };
            rows.push((number(columns[0])?, number(columns[1])?));
        }
        let low = rows.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
        let high = rows.iter().map(|it| it.0).fold(f64::NEG_INFINITY, f64::max);
        if low >= high || low.is_infinite() {
            return Err(refused(line, "a curve needs at least two voltages".to_owned()));
        }
        let is_guessed = bare && values.is_none();
        let (path, volts) = (path.to_owned(), [low, high]);
        let is_cut = !text.ends_with('\n');
        Ok(CurveFile { path, columns, quantity, is_guessed, is_cut, rows, volts })
    }

    /// Refuses a curve without any current, and one that cannot be scaled by its current at +1 V.
    pub(super) fn check_current(&self, at_one: Option<Amperes>) -> Result<(), BadInput> {
        let file = self.path.display();
        if self.rows.iter().all(|it| self.current(it) == 0.0) {
            return Err(BadInput::new(format!("{file}: the curve has no current: all are 0 A")));
        }
        if at_one.is_some() && self.current_at_one() == 0.0 {
            return Err(BadInput::new(format!(
                "{file}: --full-scale gives the current at +1 V, and the curve's current there is 0 A: it cannot be \
                 scaled"
            )));
        }
        Ok(())
    }

    /// V and A, in the order of the file.
    pub fn currents(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.rows.iter().map(|it| (it.0, self.current(it)))
    }

    /// A.
    fn current(&self, row: &(f64, f64)) -> f64 {
        match self.quantity {
            TableQuantity::Amperes => row.1,
            TableQuantity::Siemens => row.0 * row.1,
        }
    }

    /// The size of the current at the level nearest to +1 V, A.
    fn current_at_one(&self) -> f64 {
        let distance = |it: &(f64, f64)| (it.0 - 1.0).abs();
        let nearest = self.rows.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map_or(0.0, |it| self.current(it).abs())
    }

    /// Whether the values have one sign on both sides of 0 V, as a conductance has and the current of a
    /// passive device has not.
    pub(super) fn looks_like_conductance(&self) -> bool {
        let values = || self.rows.iter().filter(|it| it.0 != 0.0).map(|it| it.1);
        let both_sides = self.volts[0] < 0.0 && self.volts[1] > 0.0;
        both_sides && (values().all(|it| it > 0.0) || values().all(|it| it < 0.0))
    }

    /// The largest current between two levels, A.
    pub(super) fn largest_current(&self, [low, high]: [f64; 2], at_one: Option<Amperes>) -> f64 {
        // Levels with their step lie a little outside.
        let margin = 0.1 * (high - low);
        let (low, high) = (low - margin, high + margin);
        let nearer = |a: &&(f64, f64), b: &&(f64, f64)| a.0.total_cmp(&b.0);
        let inside = self.rows.iter().filter(|it| (low..=high).contains(&it.0));
        // Between sparse rows the current at an end is not beyond that of the next row.
        let below = self.rows.iter().filter(|it| it.0 < low).max_by(nearer);
        let above = self.rows.iter().filter(|it| it.0 > high).min_by(nearer);
        let counted = inside.chain(below).chain(above);
        let largest = counted.map(|it| self.current(it).abs()).fold(0.0, f64::max);
        let Some(at_one) = at_one else { return largest };
        let measured = self.current_at_one();
        if measured > 0.0 { largest * at_one.0 / measured } else { largest }
    }
}

fn cells(line: &str) -> Vec<&str> {
    match [',', ';', '\t'].into_iter().find(|it| line.contains(*it)) {
        Some(separator) => line.split(separator).map(|it| it.trim().trim_matches('"')).collect(),
        None => line.split_whitespace().collect(),
    }
}

fn named(
    head: &[&str],
    values: Option<TableQuantity>,
) -> Result<([usize; 2], TableQuantity), String> {
    let plain = |it: &str| {
        let words: Vec<&str> =
            it.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
        words.join("_").to_lowercase()
    };
    let find = |names: &[&str]| head.iter().position(|it| names.contains(&plain(it).as_str()));
    let amperes = || find(&AMPERES).map(|it| (it, TableQuantity::Amperes));
    let siemens = || find(&SIEMENS).map(|it| (it, TableQuantity::Siemens));
    let found = match values {
        Some(TableQuantity::Amperes) => amperes(),
        Some(TableQuantity::Siemens) => siemens(),
        None => amperes().or_else(siemens),
    };
    match (find(&VOLTS), found) {
        (Some(volts), Some((column, quantity))) => Ok(([volts, column], quantity)),
        _ => Err(format!(
            "the header \"{}\" names no `volts` with `amperes` or `siemens`",
            head.join(",")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CurveFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curve.csv");
        std::fs::write(&path, text).unwrap();
        CurveFile::read(&path, None)
    }

    #[test]
    fn a_curve_is_found_by_its_header_or_in_the_first_two_columns() {
        let named = read("sample,V_volt,I_ampere\n0,-1,-2e-3\n1,1,4e-3\n").unwrap();
        assert_eq!((named.columns, named.volts), ([1, 2], [-1.0, 1.0]));
        assert_eq!(named.largest_current([-1.0, 1.0], None), 4e-3);
        let scaled = named.largest_current([-1.0, 1.0], Some(Amperes(60e-6)));
        assert!((scaled / 60e-6 - 1.0).abs() < 1e-12, "{scaled}");
        let bare = read("# two columns\n-0.5 1\n0.5 3\n").unwrap();
        assert_eq!((bare.columns, bare.quantity), ([0, 1], TableQuantity::Amperes));
        assert!(bare.is_guessed && bare.looks_like_conductance());
        assert!(!named.is_guessed && !named.looks_like_conductance());
        let conductance = read("Voltage (V);G\n-2;1e-3\n2;3e-3\n").unwrap();
        assert_eq!(conductance.largest_current([-2.0, 2.0], None), 6e-3);
    }

    #[test]
    fn a_curve_whose_last_line_has_no_end_may_be_cut() {
        assert!(!read("1,2\n2,3\n").unwrap().is_cut);
        assert!(read("1,2\n2,0.0").unwrap().is_cut);
    }

    #[test]
    fn a_curve_without_current_is_refused_and_one_without_current_at_1_v_is_not_scaled() {
        let scale = Some(Amperes(60e-6));
        let why =
            |text: &str, scale| read(text).unwrap().check_current(scale).unwrap_err().to_string();
        for given in [None, scale] {
            let error = why("-1,0\n1,0\n", given);
            assert!(error.ends_with("curve.csv: the curve has no current: all are 0 A"), "{error}");
        }
        let error = why("-1,2\n1,0\n", scale);
        assert!(error.contains("curve.csv: --full-scale gives the current at +1 V"), "{error}");
        assert!(read("-1,2\n1,0\n").unwrap().check_current(None).is_ok());
    }

    #[test]
    fn what_is_no_curve_is_refused_with_its_line() {
        for (text, expected) in [
            ("", "curve.csv:1: the file has no points"),
            ("t,x\n1,2\n", "curve.csv:1: the header \"t,x\" names no `volts`"),
            ("1,2\n2,three\n", "curve.csv:2: \"three\" in column 2 is not a number"),
            ("1,2\n1,3\n", "curve.csv:1: a curve needs at least two voltages"),
        ] {
            let error = read(text).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
