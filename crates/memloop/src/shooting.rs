//! Long lists of shots in parts, so that what was read is kept as it comes and a stop is heard.

use anyhow::{Context, Result};
use futures_util::future::join_all;
use gradient::{Codes, Pair, Purpose, Shot, ShotReading};

use crate::shutdown::Stop;

/// Instrument time of a part, s: so long a stop waits.
const PART: f64 = 5.0;

/// What one pair is to shoot.
pub struct Order<'a> {
    pair: &'a mut Pair,
    parts: Vec<&'a [Shot]>,
}

impl<'a> Order<'a> {
    /// Shots for a pair, whose outputs are on.
    pub fn of(pair: &'a mut Pair, shots: &'a [Shot]) -> Order<'a> {
        let parts = parts(shots, &pair.codes());
        Order { pair, parts }
    }
}

/// Makes the shots of all orders at the same time, part by part. What each part has read is handed to
/// `keep`, with the order's place and the part's shots, before the next begins.
///
/// # Errors
/// An instrument failed: what the other pairs have read meanwhile is kept; `keep` refused;
/// [`Interrupted`](crate::exit::Interrupted).
pub async fn shoot(
    orders: &mut [Order<'_>],
    stop: &Stop,
    mut keep: impl FnMut(usize, &[Shot], Vec<ShotReading>) -> Result<()>,
) -> Result<()> {
    let most = orders.iter().map(|it| it.parts.len()).max().unwrap_or(0);
    for part in 0..most {
        stop.go_on()?;
        let shooting = orders.iter_mut().enumerate().filter_map(|(place, order)| {
            let shots = *order.parts.get(part)?;
            Some(async move { (place, shots, order.pair.shoot(shots).await) })
        });
        let mut failed = None;
        for (place, shots, rows) in join_all(shooting).await {
            match rows {
                Ok(rows) => keep(place, shots, rows)?,
                Err(error) => failed = failed.or(Some((place, error))),
            }
        }
        if let Some((place, error)) = failed {
            let pair = orders[place].pair.name();
            return Err(error).with_context(|| format!("pair \"{pair}\""));
        }
    }
    Ok(())
}

/// Shots in parts that take some seconds each. Between two parts time passes, and devices that
/// remember forget: no part ends between a rest and its reading, nor among readings that are compared
/// with each other.
fn parts<'s>(shots: &'s [Shot], codes: &Codes) -> Vec<&'s [Shot]> {
    let fit = (PART / codes.seconds_per_shot) as usize;
    let most = fit.clamp(1, codes.most.max(1));
    let (mut parts, mut begin) = (Vec::new(), 0);
    while begin < shots.len() {
        let limit = begin.saturating_add(most);
        let end = if limit >= shots.len() {
            shots.len()
        } else {
            let last = |may_end: fn(&[Shot], usize) -> bool| {
                (begin + 1..=limit).rev().find(|it| may_end(shots, *it))
            };
            // A rest that is longer than a part is told from a slightly longer one by nobody.
            let end = last(ends_a_group).or_else(|| last(is_within_a_rest));
            let later = || (limit + 1..shots.len()).find(|it| ends_a_group(shots, *it));
            end.or_else(later).unwrap_or(shots.len())
        };
        parts.push(&shots[begin..end]);
        begin = end;
    }
    parts
}

/// Whether what comes after `end` shots does not depend on the last of them.
fn ends_a_group(shots: &[Shot], end: usize) -> bool {
    let (before, after) = shots.split_at(end);
    let Some(last) = before.last().filter(|it| is_read(it)) else { return false };
    let Some(next) = after.iter().find(|it| is_read(it)) else { return true };
    match (last.purpose, next.purpose) {
        (Purpose::Point(one), Purpose::Point(other)) => one != other,
        // An end of the window, and then one level several times.
        (Purpose::Recall, Purpose::Recall) => {
            let before = before.iter().rev().filter(|it| is_read(it)).nth(1);
            let is_repeated = |it: &Shot| it.purpose == Purpose::Recall && it.base == last.base;
            next.base != last.base && before.is_some_and(is_repeated)
        }
        _ => true,
    }
}

fn is_within_a_rest(shots: &[Shot], end: usize) -> bool {
    !is_read(&shots[end - 1]) && shots.get(end).is_some_and(|it| !is_read(it))
}

/// Whether its reading is used.
fn is_read(shot: &Shot) -> bool {
    !matches!(shot.purpose, Purpose::Rest | Purpose::Hold | Purpose::Condition)
}

#[cfg(test)]
mod tests {
    use gradient::{GradientConfig, Plan, SourceCodes, survey};

    use super::*;

    fn codes() -> Codes {
        let source = SourceCodes {
            smu: "none".to_owned(),
            resolution: 1e-6,
            window: [-2.0, 2.0],
            range: 2.0,
        };
        // 50 shots a part.
        Codes { base: source.clone(), probe: source, seconds_per_shot: 0.1, most: 1000 }
    }

    fn config(keys: &str) -> GradientConfig {
        toml::from_str(&format!("delta_v = \"20 mV\"\n{keys}")).unwrap()
    }

    #[track_caller]
    fn check(shots: &[Shot], most: usize) {
        let parts = parts(shots, &codes());
        assert!(parts.len() > 1);
        assert_eq!(parts.concat(), shots);
        for pair in parts.windows(2) {
            let (last, next) = (pair[0].last().unwrap(), &pair[1][0]);
            assert!(is_read(last) || !is_read(next), "{last:?} before {next:?}");
            if let (Purpose::Point(one), Purpose::Point(other)) = (last.purpose, next.purpose) {
                assert_ne!(one, other);
            }
        }
        let longest = parts.iter().map(|it| it.len()).max().unwrap();
        assert!((most / 2..=most).contains(&longest), "{longest}");
    }

    #[test]
    fn no_part_ends_between_a_rest_and_its_reading_or_among_the_readings_of_a_point() {
        let levels: Vec<f64> = (0..31).map(|it| 0.03 * f64::from(it)).collect();
        for (keys, most) in [
            ("method = \"abba\"", 50),
            ("method = \"abba\"\nrest = { level = \"0 V\", readings = 2 }", 50),
            ("method = \"central\"\nderivative = \"frozen-state\"\nhold = 7", 50),
            // Longer than a part by itself.
            ("method = \"forward\"\nrest = { level = \"0 V\", readings = 120 }", 50),
            // A dither is one group, whatever its length.
            ("method = \"small-signal\"\ndither = { samples = 40, periods = 2 }", 80),
        ] {
            let config = config(keys);
            check(&Plan::new(&levels, 0.02, &config, &codes()).unwrap().shots, most);
            if most == 50 {
                check(&survey::plan(&config, [-1.0, 1.0], &codes()).unwrap(), 50);
            }
        }
    }

    #[test]
    fn readings_in_a_row_stay_together() {
        let shots = survey::plan(&config("method = \"forward\""), [-1.0, 1.0], &codes()).unwrap();
        let first = shots.iter().position(|it| it.purpose == Purpose::Recall).unwrap();
        let ends: Vec<usize> =
            (first + 1..shots.len()).filter(|it| ends_a_group(&shots, *it)).collect();
        assert_eq!(ends, (1..8).map(|it| first + 5 * it).collect::<Vec<_>>());
    }
}
