//! No reading is ever given to another level. `tests/examples/hunt.rs` takes other seeds.

use memloop_tests::hunt::{Way, hunt};

#[tokio::test(start_paused = true)]
async fn no_reading_is_given_to_another_level_however_bad_the_link() {
    const READINGS: u64 = 1_000_000;
    let report = hunt(READINGS, 2026).await;
    assert!(report.total() >= READINGS, "{report}");
    for way in [Way::Single, Way::Pipelined, Way::ListSweep] {
        assert!(report.readings[&way] > READINGS / 4, "{report}");
        assert!(report.lost[&way] > 0, "{report}");
    }
    assert!(report.given_up > 0, "{report}");
    assert_eq!(report.faults.len(), 8, "{report}");
    assert!(report.faults.values().all(|it| *it >= 200), "{report}");
}
