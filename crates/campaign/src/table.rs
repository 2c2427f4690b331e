//! The tables of a run as columns, for those who write them elsewhere: rows come one by one, in order.

use std::{collections::HashMap, ops::ControlFlow};

use rusqlite::{Row, types::ValueRef};

use crate::{Campaign, CampaignError, Result, RunId};

mod columns;

pub(crate) use columns::{BASE_BEFORE_3, OF_POINT_BEFORE_3};
pub use columns::{Column, ColumnKind};

/// A table, of which each run has its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Table {
    /// The run itself, one row.
    Runs,
    /// Instruments as they were when the run began.
    Instruments,
    /// Pairs of instruments.
    Pairs,
    /// What was measured as one plan.
    Batches,
    /// Source-measure operations.
    Readings,
    /// Points: currents and slopes.
    Gradients,
    /// Levels asked.
    Requests,
    /// Epochs of trainings.
    Epochs,
    /// Folds that have ended, without what was learned.
    Folds,
    /// Reports, as JSON.
    Results,
    /// What happened, in words.
    Events,
}

/// One value. A number keeps every bit that the file has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// There is none.
    Null,
    /// An integer or a flag.
    Integer(i64),
    /// A number in the column's unit.
    Real(f64),
    /// A text.
    Text(&'a str),
}

/// The values of one row, in the order of [`Table::columns`].
pub struct Cells<'a> {
    row: &'a Row<'a>,
    names: &'a Names,
    phase: Option<&'a str>,
    columns: &'static [Column],
}

/// How large a table of a run is, for formats that must know before the first row.
#[derive(Clone, Debug, PartialEq)]
pub struct Extent {
    /// Rows.
    pub rows: u64,
    /// Of each column the bytes of the longest text, and the least and greatest integer.
    pub columns: Vec<(usize, i64, i64)>,
}

/// Of instruments and pairs, by number.
#[derive(Default)]
struct Names {
    instruments: HashMap<i64, String>,
    pairs: HashMap<i64, String>,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 11] = [
        Table::Runs,
        Table::Instruments,
        Table::Pairs,
        Table::Batches,
        Table::Readings,
        Table::Gradients,
        Table::Requests,
        Table::Epochs,
        Table::Folds,
        Table::Results,
        Table::Events,
    ];

    /// As the file calls it.
    pub fn name(self) -> &'static str {
        match self {
            Table::Runs => "runs",
            Table::Instruments => "instruments",
            Table::Pairs => "pairs",
            Table::Batches => "batches",
            Table::Readings => "readings",
            Table::Gradients => "gradients",
            Table::Requests => "requests",
            Table::Epochs => "epochs",
            Table::Folds => "folds",
            Table::Results => "results",
            Table::Events => "events",
        }
    }

    /// Whether its rows belong to batches, which are read one after the other.
    fn is_of_batches(self) -> bool {
        matches!(self, Table::Readings | Table::Gradients | Table::Requests)
    }
}

impl Cells<'_> {
    /// The value of a column, by its place.
    ///
    /// # Errors
    /// The file has something else there than its schema says.
    pub fn get(&self, column: usize) -> Result<Cell<'_>> {
        let found = self.row.get_ref(column)?;
        let names = match self.columns[column].kind {
            ColumnKind::Phase => return Ok(self.phase.map_or(Cell::Null, Cell::Text)),
            ColumnKind::Instrument => Some(&self.names.instruments),
            ColumnKind::Pair => Some(&self.names.pairs),
            _ => None,
        };
        Ok(match (found, names) {
            (ValueRef::Null, _) => Cell::Null,
            (ValueRef::Integer(it), Some(names)) => {
                names.get(&it).map_or(Cell::Null, |it| Cell::Text(it))
            }
            (ValueRef::Integer(it), None) if self.columns[column].kind == ColumnKind::Real => {
                Cell::Real(it as f64)
            }
            (ValueRef::Integer(it), None) => Cell::Integer(it),
            (ValueRef::Real(it), _) => Cell::Real(it),
            (ValueRef::Text(_), _) => Cell::Text(found.as_str().map_err(rusqlite::Error::from)?),
            (ValueRef::Blob(_), _) => Cell::Null,
        })
    }
}

impl Campaign {
    /// Hands out a table of a run, row by row; [`ControlFlow::Break`] ends it. Holds one row in memory.
    ///
    /// # Errors
    /// There is no such run; it was ended; the file refused.
    pub fn scan<E: From<CampaignError>>(
        &self,
        table: Table,
        run: RunId,
        each: &mut dyn FnMut(&Cells) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let names = self.names(run)?;
        let columns = table.columns();
        let sql = table.select(self.schema_version()?);
        let Some(sql) = sql else { return Ok(()) };
        if !table.is_of_batches() {
            return self.scan_one(&sql, run.0, &names, (None, columns), each);
        }
        let batches = "SELECT id, phase FROM batches WHERE run = ? ORDER BY id";
        let mut statement = self.connection.prepare_cached(batches).map_err(CampaignError::from)?;
        let mut rows = statement.query([run.0]).map_err(CampaignError::from)?;
        while let Some(row) = rows.next().map_err(CampaignError::from)? {
            let id = row.get(0).map_err(CampaignError::from)?;
            let phase: String = row.get(1).map_err(CampaignError::from)?;
            self.scan_one(&sql, id, &names, (Some(&phase), columns), each)?;
        }
        Ok(())
    }

    fn scan_one<E: From<CampaignError>>(
        &self,
        sql: &str,
        key: i64,
        names: &Names,
        (phase, columns): (Option<&str>, &'static [Column]),
        each: &mut dyn FnMut(&Cells) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare_cached(sql).map_err(CampaignError::from)?;
        let mut rows = statement.query([key]).map_err(CampaignError::from)?;
        while let Some(row) = rows.next().map_err(CampaignError::from)? {
            if each(&Cells { row, names, phase, columns })?.is_break() {
                return Err(CampaignError::Interrupted.into());
            }
        }
        Ok(())
    }

    /// How many rows a table of a run has.
    ///
    /// # Errors
    /// The file refused.
    pub fn count(&self, table: Table, run: RunId) -> Result<u64> {
        if table.select(self.schema_version()?).is_none() {
            return Ok(0);
        }
        let name = table.name();
        let sql = match table {
            Table::Runs => "SELECT count(*) FROM runs WHERE id = ?".to_owned(),
            _ if table.is_of_batches() => {
                format!(
                    "SELECT count(*) FROM batches JOIN {name} ON batch = batches.id WHERE run = ?"
                )
            }
            _ => format!("SELECT count(*) FROM {name} WHERE run = ?"),
        };
        Ok(self.connection.query_row(&sql, [run.0], |row| row.get(0))?)
    }

    /// How large a table of a run is: reads all of it.
    ///
    /// # Errors
    /// As [`Campaign::scan`].
    pub fn extent(
        &self,
        table: Table,
        run: RunId,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Extent> {
        let width = table.columns().len();
        let mut extent = Extent { rows: 0, columns: vec![(0, i64::MAX, i64::MIN); width] };
        self.scan::<CampaignError>(table, run, &mut |cells| {
            extent.rows += 1;
            for (at, (longest, least, most)) in extent.columns.iter_mut().enumerate() {
                match cells.get(at)? {
                    Cell::Text(it) => *longest = (*longest).max(it.len()),
                    Cell::Integer(it) => (*least, *most) = ((*least).min(it), (*most).max(it)),
                    _ => {}
                }
            }
            Ok(if extent.rows.is_multiple_of(1 << 16) {
                go_on()
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(extent)
    }

    fn names(&self, run: RunId) -> Result<Names> {
        let of = |sql| self.all(sql, [run.0], |row| Ok((row.get(0)?, row.get(1)?)));
        let instruments = of("SELECT id, name FROM instruments WHERE run = ?")?;
        let pairs = of("SELECT id, name FROM pairs WHERE run = ?")?;
        Ok(Names {
            instruments: instruments.into_iter().collect(),
            pairs: pairs.into_iter().collect(),
        })
    }
}
