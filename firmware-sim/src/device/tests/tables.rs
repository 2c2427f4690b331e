//! Measured curves.

use std::path::PathBuf;

use super::*;

/// A file that goes away with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("firmware-sim-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        File(path)
    }

    fn dut(&self, keys: &str) -> Dut {
        written(&format!("device = {{ preset = \"table\", file = {:?}{keys} }}", self.0))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_curve_goes_through_its_points_and_rises_between_them() {
    let points =
        [(-1.0, -3e-5), (-0.4, -4e-6), (0.0, 0.0), (0.1, 1e-7), (0.6, 2e-5), (1.0, 2.1e-5)];
    let rows: String = points.iter().map(|(v, i)| format!("{v},{i}\n")).collect();
    let file = File::new("points.csv", &format!("volts,amperes\n{rows}"));
    let mut device = on(&file.dut(""));
    for (level, amperes) in points {
        assert_eq!(current(&mut device, level), amperes, "{level}");
    }
    let currents: Vec<_> =
        (0..=400).map(|it| current(&mut device, 0.005 * f64::from(it) - 1.0)).collect();
    assert!(currents.windows(2).all(|it| it[1] >= it[0]));
    // Beyond the points it goes straight on.
    let [a, b, c] = [1.5, 2.0, 2.5].map(|level| current(&mut device, level));
    assert!(b >= a && ((c - b) - (b - a)).abs() < 1e-12);
}

#[test]
fn a_measured_dip_behind_a_resistance_is_carried_too() {
    let file = File::new("dip.csv", "volts,amperes\n-1,-1e-4\n0,0\n0.4,9e-5\n0.5,2e-5\n1,1e-4\n");
    let mut bare = on(&file.dut(""));
    let mut dut = file.dut("");
    dut.mismatch.series_resistance = crate::config::Ohms(3e3);
    let mut device = on(&dut);
    for step in -20..=20 {
        let level = 0.08 * f64::from(step);
        let amperes = current(&mut device, level);
        let expected = current(&mut bare, level - 3e3 * amperes);
        assert!((amperes - expected).abs() < 1e-12, "{level}: {amperes} {expected}");
    }
}

#[test]
fn a_conductance_is_a_current_through_the_origin() {
    let file = File::new("g.dat", "# V  g\n-1.0 0.5e-6\n0.0\t1e-6\n1.0 2e-6\n");
    let mut device = on(&file.dut(", values = \"siemens\""));
    for (level, amperes) in [(-1.0, -0.5e-6), (0.0, 0.0), (1.0, 2e-6)] {
        assert_eq!(current(&mut device, level), amperes);
    }
    assert!(current(&mut device, -3.0) < -0.5e-6);
    let mut scaled = on(&file.dut(", values = \"siemens\", full_scale = \"10 uA\""));
    assert!((current(&mut scaled, -1.0) + 2.5e-6).abs() < 1e-18);
}

#[test]
fn a_loop_is_taken_on_the_way_up_down_or_between() {
    // Up with 1 uS, down with 3 uS, with a little noise in the voltage.
    let way = |from: i32, to: i32, siemens: f64| {
        let step = (to - from).signum();
        let levels = (0..=(to - from).abs()).map(move |it| 0.05 * f64::from(from + step * it));
        levels.map(move |v| format!("x;{v};{}\n", siemens * v)).collect::<String>()
    };
    let text = format!(
        "n;Voltage (V);Current (A)\n{}{}{}",
        way(0, 20, 1e-6),
        way(20, -20, 3e-6),
        way(-20, 0, 1e-6)
    );
    let file = File::new("loop.csv", &text.replace("Voltage (V)", "v").replace("Current (A)", "i"));
    for (branch, siemens) in [("up", 1e-6), ("down", 3e-6), ("mean", 2e-6)] {
        let mut device = on(&file.dut(&format!(", branch = \"{branch}\", columns = [2, 3]")));
        for level in [-0.7, 0.12, 0.9] {
            let amperes = current(&mut device, level);
            assert!(
                (amperes / (siemens * level) - 1.0).abs() < 1e-9,
                "{branch} {level}: {amperes}"
            );
        }
    }
    let mut named = on(&file.dut(", columns = [\"v\", \"i\"], branch = \"up\", points = 10"));
    assert!((current(&mut named, 0.5) / 0.5e-6 - 1.0).abs() < 1e-6);
}

/// The directory with published measurements, where this machine has it: in `MEMLOOP_DATA`, or in
/// `shared/data` beside the checkout.
fn measurements() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("MEMLOOP_DATA").map_or(beside, PathBuf::from);
    let directory = data.join("memristors");
    if directory.is_dir() {
        return Some(directory);
    }
    println!("skipped: {} does not exist; MEMLOOP_DATA names another place", directory.display());
    None
}

#[test]
fn published_files_are_read_as_they_are() {
    let Some(directory) = measurements() else { return };
    let table = |file: &str, keys: &str| {
        let path = directory.join(file);
        on(&written(&format!("device = {{ preset = \"table\", file = {path:?}{keys} }}")))
    };
    let mut channel =
        table("nanofluidic_conductance.dat", ", values = \"siemens\", full_scale = \"60 uA\"");
    assert!((current(&mut channel, 1.0) - 60e-6).abs() < 1e-15);
    let ratio = current(&mut channel, 1.9) / -current(&mut channel, -1.9);
    assert!((6.0..9.0).contains(&ratio), "{ratio}");
    let loops = |branch: &str| {
        let keys = format!(", columns = [2, 3], branch = \"{branch}\", points = 60");
        current(&mut table("cuso4_sweep1.csv", &keys), 1.0)
    };
    // As measured: 0.60 mA on the way up, 3.66 mA on the way down.
    let (up, down) = (loops("up"), loops("down"));
    assert!((up / 0.60e-3 - 1.0).abs() < 0.1 && (down / 3.66e-3 - 1.0).abs() < 0.1, "{up} {down}");
}

#[test]
fn the_presets_of_copper_sulphate_are_the_published_loops() {
    let Some(directory) = measurements() else { return };
    for sweep in 1..=3 {
        let text =
            std::fs::read_to_string(directory.join(format!("cuso4_sweep{sweep}.csv"))).unwrap();
        let mut device = on(&written(&format!("device = {{ sweep = {sweep} }}")));
        let (mut squares, mut count) = (0.0f64, 0.0f64);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for line in text.lines().skip(1) {
            let cells: Vec<f64> = line.split(',').map(|it| it.parse().unwrap()).collect();
            let amperes = held(&mut device, cells[1], 0.01).amperes;
            squares += (amperes - cells[2]).powi(2);
            count += 1.0;
            (low, high) = (low.min(cells[2]), high.max(cells[2]));
        }
        let error = (squares / count).sqrt() / (high - low);
        println!("sweep {sweep}: RMSE {:.2} % of range", 100.0 * error);
        assert!(error < 0.02, "{sweep}: {error}");
    }
}

/// Slopes in S at every millivolt over ±`reach` mV, from currents 1 mV to either side.
fn slopes(device: &mut Terminals, reach: i32) -> Vec<f64> {
    let at: Vec<f64> =
        (-reach - 1..=reach + 1).map(|it| current(device, 1e-3 * f64::from(it))).collect();
    at.windows(3).map(|it| (it[2] - it[0]) / 2e-3).collect()
}

/// The least slope, and the largest change of it from one millivolt to the next as a share of its
/// range.
fn roughness(slopes: &[f64]) -> (f64, f64) {
    let least = slopes.iter().copied().fold(f64::INFINITY, f64::min);
    let most = slopes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let change = slopes.windows(2).map(|it| (it[1] - it[0]).abs()).fold(0.0, f64::max);
    (least, change / (most - least))
}

#[test]
fn a_noisy_loop_is_smoothed_to_a_curve_with_a_smooth_slope() {
    // 1 uA·tanh(V/0.4 V), 3 mV apart, up and down, with a hash of the row as noise of 1 % each.
    let noise = |row: i32| {
        let sine = (f64::from(row) * 12.9898).sin() * 43758.5453;
        0.01 * 12f64.sqrt() * (sine - sine.floor() - 0.5)
    };
    let way = (-400..=400).chain((-400..400).rev());
    let rows: String = way
        .enumerate()
        .map(|(row, it)| {
            let (row, volts) = (row as i32, 3e-3 * f64::from(it));
            let amperes = 1e-6 * ((volts / 0.4).tanh() + noise(row));
            format!("{},{amperes:e}\n", volts + 0.003 * noise(row + 5000))
        })
        .collect();
    let file = File::new("noisy.csv", &format!("V,I\n{rows}"));
    let (_, raw) = roughness(&slopes(&mut on(&file.dut("")), 1000));
    for keys in [", smooth = \"200 mV\"", ", smooth = \"200 mV\", branch = \"up\""] {
        let mut device = on(&file.dut(keys));
        let slopes = slopes(&mut device, 1000);
        let (least, rough) = roughness(&slopes);
        assert!(least > 0.0 && rough < 0.01 && raw > 0.1, "{keys}: {least} {rough} of {raw}");
        let errors: Vec<f64> = (-1000..=1000)
            .zip(&slopes)
            .map(|(it, slope)| slope - 2.5e-6 / (2.5e-3 * f64::from(it)).cosh().powi(2))
            .collect();
        let (_, rms) = moments(&errors);
        assert!(rms < 0.04 * 2.5e-6, "{keys}: {rms}");
    }
}

#[test]
fn published_curves_have_smooth_slopes_where_they_are_smoothed() {
    let Some(directory) = measurements() else { return };
    for (file, keys) in [
        ("cuso4_sweep1.csv", "branch = \"up\", smooth = \"300 mV\""),
        ("cuso4_sweep1.csv", "smooth = \"300 mV\""),
        (
            "nanofluidic_conductance.dat",
            "values = \"siemens\", full_scale = \"60 uA\", smooth = \"300 mV\"",
        ),
    ] {
        let path = directory.join(file);
        let table = format!("device = {{ preset = \"table\", file = {path:?}, {keys} }}");
        let (least, rough) = roughness(&slopes(&mut on(&written(&table)), 1000));
        assert!(least > 0.0 && rough < 0.01, "{file} {keys}: {least} {rough}");
    }
}
