//! The shots of a survey.

use smu::units::Volts;

use super::LEVELS;
use crate::{Codes, GradientConfig, GradientError, Purpose, Shot, SourceCodes, Step};

/// The widest step that is ever chosen, as a share of the window's span.
pub(crate) const WIDEST: f64 = 0.1;

/// Levels between the ends at which memory is looked for.
const RECALLS: usize = 4;
/// Readings in a row at each of them.
const RECALLED: usize = 4;

/// Both devices at common bias over `[survey]`'s levels: down once, unused, then up and down in turn,
/// and then, to see what they remember, a few levels four times in a row, come from either end.
///
/// `window` is that of the asked levels, V. The grid reaches beyond it by a step where both sources'
/// windows allow it, and where it has so many levels that a curve can be drawn through those inside: the
/// outermost may be in compliance. With `rest` every shot is preceded by the shots of the rest, as when slopes are
/// measured.
///
/// # Errors
/// A level of the window, or of the rest, that a source may not be sent; a window with fewer codes than
/// a curve is drawn through.
pub fn plan(
    config: &GradientConfig,
    window: [f64; 2],
    codes: &Codes,
) -> Result<Vec<Shot>, GradientError> {
    for end in window {
        codes.check(end, Some(end))?;
    }
    let levels = grid(config, window, codes);
    if levels.len() < LEVELS {
        let [low, high] = window.map(Volts);
        let code = Volts(codes.base.resolution.max(codes.probe.resolution));
        return Err(GradientError::NarrowWindow { low, high, code, needed: LEVELS });
    }
    let mut shots = Vec::new();
    let mut take = |level: f64, purpose: Purpose| {
        let (base, probe) = both(level, codes);
        codes.check(base, Some(probe))?;
        if let Some(rest) = config.rest {
            let (base, probe) = both(rest.level.0, codes);
            codes.check(base, Some(probe))?;
            let shot = Shot { base, probe: Some(probe), purpose: Purpose::Rest };
            shots.extend(std::iter::repeat_n(shot, rest.readings));
        }
        shots.push(Shot { base, probe: Some(probe), purpose });
        Ok::<(), GradientError>(())
    };
    // The first pass would begin in another state than the later ones, and that would look like noise.
    for level in levels.iter().rev().step_by(2) {
        take(*level, Purpose::Hold)?;
    }
    for pass in 0..config.survey.passes {
        let rising = pass.is_multiple_of(2);
        for rank in 0..levels.len() {
            let place = if rising { rank } else { levels.len() - 1 - rank };
            take(levels[place], Purpose::Survey)?;
        }
    }
    for place in 1..=RECALLS {
        let level = levels[place * (levels.len() - 1) / (RECALLS + 1)];
        for end in [levels[0], levels[levels.len() - 1]] {
            take(end, Purpose::Recall)?;
            for _ in 0..RECALLED {
                take(level, Purpose::Recall)?;
            }
        }
    }
    Ok(shots)
}

/// Equally spaced levels, each once, rising.
fn grid(config: &GradientConfig, window: [f64; 2], codes: &Codes) -> Vec<f64> {
    let span = window[1] - window[0];
    let margin = match config.delta_v {
        Step::Fixed(step) => step.0.abs(),
        Step::Auto => WIDEST * span,
    };
    let low = (window[0] - margin).max(codes.base.window[0].max(codes.probe.window[0]));
    let high = (window[1] + margin).min(codes.base.window[1].min(codes.probe.window[1]));
    let over = |low: f64, high: f64| {
        let intervals = config.survey.levels.max(2) - 1;
        let at = |place: usize| low + (high - low) * place as f64 / intervals as f64;
        let mut levels: Vec<f64> = (0..=intervals).map(|it| both(at(it), codes).0).collect();
        levels.dedup();
        // The code next to the end of a window may be outside of it.
        levels.retain(|it| codes.check(*it, Some(codes.probe.round(*it))).is_ok());
        levels
    };
    let levels = over(low, high);
    let inside = levels.iter().filter(|it| (window[0]..=window[1]).contains(*it)).count();
    if inside < LEVELS { over(window[0], window[1]) } else { levels }
}

/// A level as both sources make it: a code of the coarser, then of each.
fn both(level: f64, codes: &Codes) -> (f64, f64) {
    let coarser: &SourceCodes =
        if codes.base.resolution >= codes.probe.resolution { &codes.base } else { &codes.probe };
    let level = coarser.round(level);
    (codes.base.round(level), codes.probe.round(level))
}
