//! `:TRIGger:BLOCk`: the blocks of the trigger model (2450 Reference Manual, section 6, from page
//! 6-128).

use super::super::{
    call::{Call, Command, Handled, Limits, command},
    code::{self, Code},
    trigger::{Block, Event, LimitType, MOST_BLOCKS},
};
use crate::engine::choice::{Choice, choice};

choice!(
    /// What a wait block does with events from before it is entered, and whether one event of
    /// several is enough.
    WaitWord { Enter = "ENTer", Never = "NEVer", Or = "OR", And = "AND" }
);
choice!(
    /// The kinds of `:TRIG:BLOC:LOG:EVEN`.
    LogKind {
        Information1 = "INFO1", Information2 = "INFO2", Information3 = "INFO3",
        Information4 = "INFO4", Warning1 = "WARNing1", Warning2 = "WARNing2",
        Warning3 = "WARNing3", Warning4 = "WARNing4", Error1 = "ERRor1", Error2 = "ERRor2",
        Error3 = "ERRor3", Error4 = "ERRor4",
    }
);
choice!(
    /// The delays of `:TRIG:BLOC:DEL:DYN`.
    UserDelay {
        Source1 = "SOURce1", Source2 = "SOURce2", Source3 = "SOURce3", Source4 = "SOURce4",
        Source5 = "SOURce5", Measure1 = "MEASure1", Measure2 = "MEASure2",
        Measure3 = "MEASure3", Measure4 = "MEASure4", Measure5 = "MEASure5",
    }
);

pub(super) const TABLE: &[Command] = &[
    command(":TRIGger:BLOCk:BUFFer:CLEar", |call| {
        block(call, |call| Ok(Block::BufferClear(call.next_buffer()?)))
    }),
    command(":TRIGger:BLOCk:CONFig:NEXT", |call| {
        block(call, |call| Ok(Block::ConfigNext(call.list()?)))
    }),
    command(":TRIGger:BLOCk:CONFig:PREVious", |call| {
        block(call, |call| Ok(Block::ConfigPrevious(call.list()?)))
    }),
    command(":TRIGger:BLOCk:CONFig:RECall", |call| {
        block(call, |call| {
            let list = call.list()?;
            let index = if call.has_more() { call.integer(1, 300_000)? } else { 1 };
            Ok(Block::ConfigRecall(list, index as usize - 1))
        })
    }),
    command(":TRIGger:BLOCk:DELay:CONStant", |call| {
        block(call, |call| Ok(Block::Delay(call.number(Limits::new(0.0, 10_000.0, 0.0))?)))
    }),
    command(":TRIGger:BLOCk:DELay:DYNamic", |call| {
        block(call, |call| {
            let delay = call.parameters.choice(UserDelay::ALL)? as usize;
            Ok(Block::UserDelay { of_source: delay < 5, index: delay % 5 })
        })
    }),
    command(":TRIGger:BLOCk:DIGital:IO", |call| {
        block(call, |call| {
            let pattern = call.integer(0, 63)? as u8;
            let mask = if call.has_more() { call.integer(0, 63)? as u8 } else { 63 };
            Ok(Block::DigitalIo { pattern, mask })
        })
    }),
    command(":TRIGger:BLOCk:LOG:EVENt", |call| {
        block(call, |call| {
            let kind = call.parameters.choice(LogKind::ALL)?;
            let severity = match kind as u32 {
                0..=3 => 4,
                4..=7 => 2,
                _ => 1,
            };
            Ok(Block::Log { severity, text: call.text()? })
        })
    }),
    command(":TRIGger:BLOCk:MEASure", measure),
    command(":TRIGger:BLOCk:MDIGitize", measure),
    command(":TRIGger:BLOCk:NOP", |call| block(call, |_| Ok(Block::Nop))),
    command(":TRIGger:BLOCk:NOTify", |call| {
        block(call, |call| {
            let index = call.integer(1, 8)? as usize - 1;
            Ok(Block::Notify(Event::notify(index).ok_or(code::PARAMETER_OUT_OF_RANGE)?))
        })
    }),
    command(":TRIGger:BLOCk:SOURce:STATe", |call| {
        block(call, |call| Ok(Block::SourceState(call.parameters.boolean()?)))
    }),
    command(":TRIGger:BLOCk:WAIT", |call| block(call, wait)),
    command(":TRIGger:BLOCk:BRANch:ALWays", |call| {
        block(call, |call| Ok(Block::BranchAlways(target(call)?)))
    }),
    command(":TRIGger:BLOCk:BRANch:COUNter", |call| block(call, counter)),
    command(":TRIGger:BLOCk:BRANch:COUNt", |call| block(call, counter)),
    command(":TRIGger:BLOCk:BRANch:COUNter:COUNt?", passes),
    command(":TRIGger:BLOCk:BRANch:COUNt:ACTual?", passes),
    command(":TRIGger:BLOCk:BRANch:DELTa", |call| {
        block(call, |call| {
            let difference = call.number(Limits::new(0.0, 1e12, 0.0))?;
            let to = target(call)?;
            measure_block(call)?;
            Ok(Block::BranchDelta { difference, to })
        })
    }),
    command(":TRIGger:BLOCk:BRANch:EVENt", |call| {
        block(call, |call| {
            let event = call.parameters.choice(Event::ALL)?;
            Ok(Block::BranchEvent { event, to: target(call)? })
        })
    }),
    command(":TRIGger:BLOCk:BRANch:LIMit:CONStant", |call| {
        block(call, |call| {
            let kind = call.parameters.choice(LimitType::ALL)?;
            let limits = Limits::new(-1e12, 1e12, 0.0);
            let (low, high) = (call.number(limits)?, call.number(limits)?);
            let to = target(call)?;
            measure_block(call)?;
            Ok(Block::BranchLimit { kind, low, high, to })
        })
    }),
    command(":TRIGger:BLOCk:BRANch:LIMit:DYNamic", |call| {
        block(call, |call| {
            let kind = call.parameters.choice(LimitType::ALL)?;
            let index = call.integer(1, 2)? as usize - 1;
            let to = target(call)?;
            measure_block(call)?;
            Ok(Block::BranchLimitTest { kind, index, to })
        })
    }),
    command(":TRIGger:BLOCk:BRANch:ONCE", |call| {
        block(call, |call| Ok(Block::BranchOnce(target(call)?)))
    }),
    command(":TRIGger:BLOCk:BRANch:ONCE:EXCLuded", |call| {
        block(call, |call| Ok(Block::BranchOnceExcluded(target(call)?)))
    }),
    command(":TRIGger:BLOCk:LIST?", |call| {
        call.no_parameters()?;
        let blocks = call.unit.trigger.blocks.iter().enumerate();
        let shown: Vec<_> =
            blocks.map(|(index, it)| format!("{}) {}", index + 1, it.shown())).collect();
        if shown.is_empty() {
            call.answer_text("Empty")
        } else {
            call.answer_text(&shown.join("; "))
        }
    }),
];

/// Reads the number of a block, what it is, and puts it there.
fn block<'m>(
    call: &mut Call<'_, 'm>,
    read: impl FnOnce(&mut Call<'_, 'm>) -> Result<Block, Code>,
) -> Handled {
    let place = call.integer(1, MOST_BLOCKS as u32)? as usize - 1;
    let block = read(call)?;
    call.no_parameters()?;
    call.unit.trigger.put(place, block);
    Ok(())
}

/// The block to branch to.
fn target(call: &mut Call<'_, '_>) -> Result<usize, Code> {
    Ok(call.integer(1, MOST_BLOCKS as u32)? as usize - 1)
}

/// Which block's reading a branch looks at; here it is always the newest.
fn measure_block(call: &mut Call<'_, '_>) -> Handled {
    if call.has_more() {
        call.integer(0, MOST_BLOCKS as u32)?;
    }
    Ok(())
}

/// `:TRIG:BLOC:MEAS n[, "buffer"[, count]]`; `INF` measures until the model is aborted.
fn measure(call: &mut Call<'_, '_>) -> Handled {
    block(call, |call| {
        let buffer = call.next_buffer()?;
        let count = if !call.has_more() {
            Some(1)
        } else if call.infinity_keyword() {
            None
        } else {
            Some(call.integer(1, 268_435_455)?)
        };
        Ok(Block::Measure { buffer, count })
    })
}

fn counter(call: &mut Call<'_, '_>) -> Result<Block, Code> {
    let count = call.integer(1, 268_435_455)?;
    Ok(Block::BranchCounter { target: count, to: target(call)? })
}

/// How often a branch block that counts has been passed.
fn passes(call: &mut Call<'_, '_>) -> Handled {
    let place = call.integer(1, MOST_BLOCKS as u32)? as usize - 1;
    call.no_parameters()?;
    let passes = call.unit.trigger.run.counters.get(place).copied().unwrap_or(0);
    call.answer_whole(passes)
}

/// `event[, ENTer|NEVer][, AND|OR, event…]`, at most eight events. The manual of 2013 (page 6-148)
/// has no word for clearing; later ones put it before the logic.
fn wait(call: &mut Call<'_, '_>) -> Result<Block, Code> {
    let mut events = vec![call.parameters.choice(Event::ALL)?];
    let (mut clear, mut all) = (false, false);
    if call.has_more() {
        let mut word = call.parameters.choice(WaitWord::ALL)?;
        if matches!(word, WaitWord::Enter | WaitWord::Never) && call.has_more() {
            clear = word == WaitWord::Enter;
            word = call.parameters.choice(WaitWord::ALL)?;
        }
        clear |= word == WaitWord::Enter;
        all = word == WaitWord::And;
    }
    while call.has_more() {
        if events.len() == 8 {
            return Err(code::TOO_MUCH_DATA);
        }
        events.push(call.parameters.choice(Event::ALL)?);
    }
    Ok(Block::Wait { events, clear, all })
}
