//! Configuration lists: settings of the source or of the measurement, stored one after another and
//! recalled by index (2450 Reference Manual, section 3, "Configuration lists").

use super::{
    Keithley2450,
    code::{self, Code},
    settings::{Sense, Source, SourceQuantity},
    timing,
};
use crate::engine::{channel::Quantity, ranges};

/// The most lists. UNVERIFIED.
const MOST_LISTS: usize = 256;
/// The most stored settings of one list. UNVERIFIED, and less than is said of the instrument.
const MOST_ENTRIES: usize = 2500;

/// The levels of a sweep, a source configuration list of its own kind.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pub(super) quantity: Quantity,
    pub(super) levels: Vec<f64>,
    /// The range for all of them; `None` follows each level.
    pub(super) range: Option<usize>,
    /// Seconds from level to measurement; `None` is automatic.
    pub(super) delay: Option<f64>,
}

/// What a source configuration list holds.
#[derive(Clone, Debug)]
pub(super) enum SourceList {
    Settings(Vec<Source>),
    Sweep(Levels),
}

impl SourceList {
    fn len(&self) -> usize {
        match self {
            SourceList::Settings(list) => list.len(),
            SourceList::Sweep(sweep) => sweep.levels.len(),
        }
    }
}

#[derive(Clone, Debug)]
struct Named<T> {
    name: String,
    list: T,
    /// The index that was recalled last, from zero.
    present: Option<usize>,
}

/// Which list, and of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListId {
    Source(usize),
    Sense(usize),
}

/// All lists. A list that was deleted leaves its place empty, so that places stay the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    source: Vec<Option<Named<SourceList>>>,
    sense: Vec<Option<Named<Vec<Sense>>>>,
}

fn position<T>(lists: &[Option<Named<T>>], name: &str) -> Option<usize> {
    lists.iter().position(|it| it.as_ref().is_some_and(|it| it.name == name))
}

fn create<T>(lists: &mut Vec<Option<Named<T>>>, name: String, list: T) -> Result<usize, Code> {
    if name.is_empty() || position(lists, &name).is_some() {
        return Err(code::ILLEGAL_PARAMETER);
    }
    let named = Some(Named { name, list, present: None });
    if let Some(free) = lists.iter().position(|it| it.is_none()) {
        lists[free] = named;
        return Ok(free);
    }
    if lists.len() >= MOST_LISTS {
        return Err(code::OUT_OF_MEMORY);
    }
    lists.push(named);
    Ok(lists.len() - 1)
}

impl Lists {
    /// The list of either kind that has this name; names are compared with case.
    pub(super) fn named(&self, name: &str) -> Option<ListId> {
        let source = position(&self.source, name).map(ListId::Source);
        source.or_else(|| position(&self.sense, name).map(ListId::Sense))
    }

    pub(super) fn create_source(&mut self, name: String) -> Result<(), Code> {
        create(&mut self.source, name, SourceList::Settings(Vec::new())).map(|_| ())
    }

    pub(super) fn create_sense(&mut self, name: String) -> Result<(), Code> {
        create(&mut self.sense, name, Vec::new()).map(|_| ())
    }

    /// The levels of a sweep under a name that sweeps use, over what was there.
    pub(super) fn put_sweep(&mut self, name: &str, levels: Levels) -> Result<ListId, Code> {
        let list = SourceList::Sweep(levels);
        if let Some(at) = position(&self.source, name) {
            self.source[at] = Some(Named { name: name.to_owned(), list, present: None });
            return Ok(ListId::Source(at));
        }
        create(&mut self.source, name.to_owned(), list).map(ListId::Source)
    }

    pub(super) fn len(&self, id: ListId) -> usize {
        match id {
            ListId::Source(at) => self.source[at].as_ref().map_or(0, |it| it.list.len()),
            ListId::Sense(at) => self.sense[at].as_ref().map_or(0, |it| it.list.len()),
        }
    }

    /// Stores settings behind the last, or over an index from zero.
    pub(super) fn store_source(
        &mut self,
        at: usize,
        index: Option<usize>,
        settings: Source,
    ) -> Result<(), Code> {
        match self.source[at].as_mut().map(|it| &mut it.list) {
            Some(SourceList::Settings(list)) => store(list, index, settings),
            _ => Err(code::ILLEGAL_PARAMETER),
        }
    }

    pub(super) fn store_sense(
        &mut self,
        at: usize,
        index: Option<usize>,
        settings: Sense,
    ) -> Result<(), Code> {
        match self.sense[at].as_mut() {
            Some(named) => store(&mut named.list, index, settings),
            None => Err(code::ILLEGAL_PARAMETER),
        }
    }

    /// Deletes a list, or one index of it.
    pub(super) fn delete(&mut self, id: ListId, index: Option<usize>) -> Result<(), Code> {
        let Some(index) = index else {
            match id {
                ListId::Source(at) => self.source[at] = None,
                ListId::Sense(at) => self.sense[at] = None,
            }
            return Ok(());
        };
        if index >= self.len(id) {
            return Err(code::PARAMETER_OUT_OF_RANGE);
        }
        match id {
            ListId::Source(at) => match self.source[at].as_mut().map(|it| &mut it.list) {
                Some(SourceList::Settings(list)) => drop(list.remove(index)),
                Some(SourceList::Sweep(sweep)) => drop(sweep.levels.remove(index)),
                None => {}
            },
            ListId::Sense(at) => {
                if let Some(named) = self.sense[at].as_mut() {
                    named.list.remove(index);
                }
            }
        }
        Ok(())
    }

    /// An index of a list, from zero, as settings and their values.
    pub(super) fn shown(&self, id: ListId, index: usize) -> Option<Vec<String>> {
        match id {
            ListId::Source(at) => match &self.source[at].as_ref()?.list {
                SourceList::Settings(list) => {
                    let source = list.get(index)?;
                    let function = source.present();
                    Some(vec![
                        format!("source.func = {:?}", source.function),
                        format!("source.level = {}", function.level),
                        format!("source.limit = {}", function.limit),
                        format!("source.autorange = {}", function.range_auto),
                        format!("source.readback = {}", function.read_back),
                    ])
                }
                SourceList::Sweep(sweep) => {
                    Some(vec![format!("source.level = {}", sweep.levels.get(index)?)])
                }
            },
            ListId::Sense(at) => {
                let sense = self.sense[at].as_ref()?.list.get(index)?;
                Some(vec![
                    format!("measure.func = {:?}", sense.function),
                    format!("measure.nplc = {}", sense.present().nplc),
                    format!("measure.autorange = {}", sense.present().range_auto),
                ])
            }
        }
    }

    /// The index that follows the present one, or comes before it, round the end.
    pub(super) fn neighbour(&self, id: ListId, forward: bool) -> usize {
        let length = self.len(id).max(1);
        let present = match id {
            ListId::Source(at) => self.source[at].as_ref().and_then(|it| it.present),
            ListId::Sense(at) => self.sense[at].as_ref().and_then(|it| it.present),
        };
        match (present, forward) {
            (None, true) => 0,
            (None, false) => length - 1,
            (Some(at), true) => (at + 1) % length,
            (Some(at), false) => (at + length - 1) % length,
        }
    }
}

fn store<T>(list: &mut Vec<T>, index: Option<usize>, settings: T) -> Result<(), Code> {
    match index {
        Some(at) if at < list.len() => list[at] = settings,
        Some(at) if at > list.len() => return Err(code::PARAMETER_OUT_OF_RANGE),
        _ if list.len() >= MOST_ENTRIES => return Err(code::OUT_OF_MEMORY),
        _ => list.push(settings),
    }
    Ok(())
}

impl Keithley2450 {
    /// Recalls an index of a list, from zero.
    pub(super) fn recall(&mut self, id: ListId, index: usize) -> Result<(), Code> {
        match id {
            ListId::Source(at) => self.recall_source(at, index),
            ListId::Sense(at) => {
                let named = self.lists.sense[at].as_mut().ok_or(code::ILLEGAL_PARAMETER)?;
                let settings = named.list.get(index).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
                self.settings.sense = settings.clone();
                named.present = Some(index);
                self.acquisition.forget_window();
                Ok(())
            }
        }
    }

    fn recall_source(&mut self, at: usize, index: usize) -> Result<(), Code> {
        let named = self.lists.source[at].as_mut().ok_or(code::ILLEGAL_PARAMETER)?;
        let source = &mut self.settings.source;
        let (before, quantity) = (source.present().level, source.function);
        let delay = match &named.list {
            SourceList::Settings(list) => {
                let settings = list.get(index).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
                *source = settings.clone();
                None
            }
            SourceList::Sweep(sweep) => {
                let level = *sweep.levels.get(index).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
                let table = self.model.spec.of(sweep.quantity);
                let highest = table.len() - 1;
                let following = || ranges::holding(table, level).unwrap_or(highest);
                source.function = match sweep.quantity {
                    Quantity::Voltage => SourceQuantity::Voltage,
                    Quantity::Current => SourceQuantity::Current,
                };
                let function = source.of_mut(sweep.quantity);
                function.range = sweep.range.unwrap_or_else(following);
                function.level = level;
                Some(sweep.delay)
            }
        };
        named.present = Some(index);
        self.apply();
        self.spend(timing::SOURCE);
        match delay {
            Some(Some(delay)) => self.begin_settling_for(delay),
            Some(None) => self.begin_settling_for(self.auto_delay()),
            None => {
                let source = &self.settings.source;
                if source.present().level != before || source.function != quantity {
                    self.begin_settling();
                }
            }
        }
        Ok(())
    }
}
