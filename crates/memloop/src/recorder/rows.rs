//! What was measured, as rows.

use campaign::{BatchGradient, BatchReading, InstrumentId, PairId};
use gradient::{Gradient, Shot, ShotReading};
use smu::{Reading, Skew};

use super::PairIds;

/// The readings of both devices; one position a shot.
pub(super) fn of_shots<'a>(
    ids: &'a PairIds,
    shots: &'a [Shot],
    rows: &'a [ShotReading],
) -> impl Iterator<Item = BatchReading<'static>> + 'a {
    shots.iter().zip(rows).enumerate().flat_map(move |(position, (shot, row))| {
        let (purpose, point) = (Some(shot.purpose.name()), shot.purpose.point());
        let base = reading(ids.base, position, &row.base);
        let probe = row.probe.as_ref().map(|it| skewed(ids.probe, position, it, row.skew));
        let both = [Some(base), probe].into_iter().flatten();
        both.map(move |it| BatchReading { purpose, point, ..it })
    })
}

pub(super) fn point(pair: PairId, position: usize, it: &Gradient) -> BatchGradient<'static> {
    BatchGradient {
        pair,
        position,
        level_volts: it.level,
        method: it.method.name(),
        device: it.device.name(),
        delta_v_volts: it.delta_v,
        current_amperes: it.current.ok().map(|it| it.value),
        current_uncertainty_amperes: it.current.ok().map(|it| it.uncertainty),
        didv_siemens: it.didv.map(|it| it.value).map_err(|absent| absent.to_string()),
        didv_uncertainty_siemens: it.didv.ok().map(|it| it.uncertainty),
        clamped: it.clamped,
    }
}

pub(super) fn reading(
    instrument: InstrumentId,
    position: usize,
    row: &Reading,
) -> BatchReading<'static> {
    BatchReading {
        instrument,
        position,
        purpose: None,
        point: None,
        level_volts: row.level,
        current_amperes: row.current,
        in_compliance: row.in_compliance,
        overflow: row.overflow,
        instrument_seconds: row.time,
        status: row.status,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    }
}

/// The probe's reading of a pair.
fn skewed(
    instrument: InstrumentId,
    position: usize,
    row: &Reading,
    skew: Option<Skew>,
) -> BatchReading<'static> {
    BatchReading {
        skew_seconds: skew.map(|it| it.seconds),
        skew_uncertainty_seconds: skew.map(|it| it.uncertainty),
        ..reading(instrument, position, row)
    }
}
