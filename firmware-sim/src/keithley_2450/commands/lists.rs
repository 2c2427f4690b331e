//! `:SOURce[1]:CONFiguration:LIST` and `[:SENSe[1]]:CONFiguration:LIST` (2450 Reference Manual,
//! section 6, pages 6-46 and 6-82).

use super::super::{
    call::{Call, Command, Handled, command},
    code::{self, Code},
    lists::ListId,
};

pub(super) const TABLE: &[Command] = &[
    command(":SOURce#:CONFiguration:LIST:CREate", |call| {
        let name = call.text()?;
        call.no_parameters()?;
        call.unit.lists.create_source(name)
    }),
    command("[:SENSe#]:CONFiguration:LIST:CREate", |call| {
        let name = call.text()?;
        call.no_parameters()?;
        call.unit.lists.create_sense(name)
    }),
    command(":SOURce#:CONFiguration:LIST:STORe", store),
    command("[:SENSe#]:CONFiguration:LIST:STORe", store),
    command(":SOURce#:CONFiguration:LIST:RECall", recall),
    command("[:SENSe#]:CONFiguration:LIST:RECall", recall),
    command(":SOURce#:CONFiguration:LIST:DELete", delete),
    command("[:SENSe#]:CONFiguration:LIST:DELete", delete),
    command(":SOURce#:CONFiguration:LIST:SIZE?", size),
    command("[:SENSe#]:CONFiguration:LIST:SIZE?", size),
    command(":SOURce#:CONFiguration:LIST:QUERy?", query),
    command("[:SENSe#]:CONFiguration:LIST:QUERy?", query),
];

/// The largest index; what a list really holds is checked where it is used.
const MOST: u32 = 300_000;

/// An index from 1, counted from zero; `None` where it was left out.
fn next_index(call: &mut Call<'_, '_>) -> Result<Option<usize>, Code> {
    if !call.has_more() {
        return Ok(None);
    }
    Ok(Some(call.integer(1, MOST)? as usize - 1))
}

/// The present settings, behind the last or over an index.
fn store(call: &mut Call<'_, '_>) -> Handled {
    let list = call.list()?;
    let index = next_index(call)?;
    call.no_parameters()?;
    let unit = &mut *call.unit;
    match list {
        ListId::Source(at) => unit.lists.store_source(at, index, unit.settings.source.clone()),
        ListId::Sense(at) => unit.lists.store_sense(at, index, unit.settings.sense.clone()),
    }
}

/// One list, or a source list and a sense list: `"one"[, index[, "other"[, index]]]`.
fn recall(call: &mut Call<'_, '_>) -> Handled {
    let mut recalled = Vec::new();
    while recalled.is_empty() || call.has_more() && recalled.len() < 2 {
        let list = call.list()?;
        recalled.push((list, next_index(call)?.unwrap_or(0)));
    }
    call.no_parameters()?;
    recalled.into_iter().try_for_each(|(list, index)| call.unit.recall(list, index))
}

fn delete(call: &mut Call<'_, '_>) -> Handled {
    let list = call.list()?;
    let index = next_index(call)?;
    call.no_parameters()?;
    call.unit.lists.delete(list, index)
}

fn size(call: &mut Call<'_, '_>) -> Handled {
    let list = call.list()?;
    call.no_parameters()?;
    let size = call.unit.lists.len(list);
    call.answer_whole(size as u32)
}

/// The settings at an index, as commands would make them; which of them is UNVERIFIED.
fn query(call: &mut Call<'_, '_>) -> Handled {
    let list = call.list()?;
    let index = next_index(call)?.unwrap_or(0);
    let separator = call.next_text()?.unwrap_or_else(|| ",".to_owned());
    call.no_parameters()?;
    let shown = call.unit.lists.shown(list, index).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
    call.answer_string(&shown.join(&separator))
}
