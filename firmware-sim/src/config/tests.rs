//! Every configuration of a device is understood or refused with what would be accepted.

use super::*;

fn refusal(toml: &str) -> String {
    match toml::from_str::<Config>(toml) {
        Err(error) => error.message().to_owned(),
        Ok(config) => config.validate().unwrap_err().to_string(),
    }
}

#[test]
fn every_preset_s_documented_table_is_accepted() {
    for device in [
        "preset = \"cuso4\", sweep = 2, sample_period = \"10 ms\", full_scale = \"60 uA\"",
        "preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"8 %\", relaxation = \"2 s\"",
        "preset = \"saturating\", full_scale = \"60 uA\", memory = \"8 %\", relaxation = \"2 s\"",
        "preset = \"conical\", conductance = \"60 uS\", channel_length = \"10 um\", \
         diffusion = \"1.75e-9 m2/s\"",
        "preset = \"nanochannel\", full_scale = \"60 uA\", relaxation = \"1.9 s\"",
        "preset = \"ag-filament\", threshold = \"0.75 V\", threshold_sd = \"10 %\", \
         hold = \"0.28 V\", set_time = \"1 ms\", set_voltage = \"0.1 V\", relaxation = \"50 ms\", \
         stretch = 0.65, conductance = \"100 uS\", filament_limit = \"1 mA\", \
         off_current = \"1 nA\", off_voltage = \"0.25 V\"",
        "preset = \"switching\", full_scale = \"60 uA\", threshold = \"0.38 V\", \
         negative_threshold = \"-0.55 V\", relaxation = \"1 us\"",
        "preset = \"vteam\", v_on = \"-0.3 V\", v_off = \"0.3 V\", k_on = \"-1 /s\", \
         k_off = \"1 /s\", alpha_on = 3.0, alpha_off = 3.0, r_on = \"10 kOhm\", \
         r_off = \"100 kOhm\", x_0 = 0.5, window = \"biolek\", curve = \"exponential\"",
        "preset = \"yakopcic\", a_1 = \"0.17 A\", a_2 = \"0.17 A\", b = 0.05, v_p = \"0.16 V\", \
         v_n = \"0.15 V\", a_p = \"4 k/s\", a_n = \"4000 /s\", x_p = 0.3, x_n = 0.5, \
         alpha_p = 1.0, alpha_n = 5.0, x_0 = 0.11, eta = 1.0",
        "preset = \"resistor\", resistance = \"10 kOhm\"",
        "preset = \"diode\", saturation_current = \"2.5 nA\", ideality = 1.75, \
         resistance = \"10 Ohm\"",
    ] {
        let config: Config = toml::from_str(&format!("device = {{ {device} }}")).unwrap();
        config.validate().unwrap();
        let written = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&written).unwrap(), config, "{written}");
    }
}

#[test]
fn every_refusal_names_the_key_and_what_is_accepted() {
    for (toml, expected) in [
        (
            "device = { preset = \"solid\" }",
            "unknown variant `solid`, expected one of `liquid-sinh`",
        ),
        ("device = { colour = \"blue\" }", "unknown field `colour`, expected one of `preset`"),
        (
            "device = { preset = \"resistor\", memory = \"8 %\" }",
            "device.memory means nothing to the preset \"resistor\", which takes resistance",
        ),
        ("device = { sweep = 4 }", "device.sweep = \"4\" cannot be simulated: expected 1, 2 or 3"),
        ("device = { full_scale = 3 }", "write it with its unit, such as \"60 uA\""),
        (
            "device = { preset = \"vteam\", v_on = \"1 V\" }",
            "device.v_on = \"1 V\" cannot be simulated: expected -200 V to -1 mV",
        ),
        ("device = { preset = \"vteam\", window = \"round\" }", "expected one of `none`, `linear`"),
        (
            "device = { preset = \"ag-filament\", hold = \"0.9 V\" }",
            "device.hold = \"900 mV\" cannot be simulated: expected less than device.threshold",
        ),
        (
            "device = { preset = \"conical\", relaxation = \"1 s\", channel_length = \"1 um\" }",
            "device.relaxation and device.channel_length say the same: expected one of them",
        ),
        ("device = { preset = \"table\" }", "device.file is missing"),
        (
            "device = { preset = \"table\", file = \"x\", smooth = \"0 V\" }",
            "device.smooth = \"0 V\" cannot be simulated: expected 1 uV to 200 V",
        ),
        (
            "device = { preset = \"switching\", threshold = \"50 mV\" }",
            "device.threshold = \"50 mV\" cannot be simulated: expected 100 mV to 200 V",
        ),
        (
            "device = { preset = \"switching\", negative_threshold = \"0.5 V\" }",
            "expected -200 V to -100 mV",
        ),
        ("noise = { common = \"200 %\" }", "noise.common = \"200 %\""),
        ("noise = { common_time = \"0 s\" }", "noise.common_time = \"0 s\""),
        ("mismatch = { shape = \"80 %\" }", "mismatch.shape = \"80 %\""),
        ("noise = { flicker_exponent = 3.0 }", "noise.flicker_exponent = \"3\""),
        ("drift = { correlation = \"120 %\" }", "drift.correlation = \"120 %\""),
        ("drying = { depth = \"200 %\" }", "drying.depth = \"200 %\""),
        (
            "cell = { capacitance = \"1 uF\", access_resistance = \"0 Ohm\" }",
            "expected 1 mOhm to 1 TOhm with a capacitance",
        ),
        ("cycle = { gain_sd = \"-1 %\" }", "cycle.gain_sd = \"-1 %\""),
        ("[channel_2]\nseeds = 3", "unknown field `seeds`, expected one of `seed`, `device`"),
        (
            "model = \"keysight-b2902a\"\n[channel_2]\ndevice = { sweep = 0 }",
            "device.sweep = \"0\"",
        ),
        (
            "[channel_2]\ndevice = \"resistor\"",
            "channel_2 means nothing to the model \"keithley-2400\", which has one channel: \
             keysight-b2902a, keysight-b2912a take it",
        ),
        ("device = 3", "expected a preset such as \"resistor\""),
        ("device = \"relay\"", "unknown variant `relay`, expected one of `liquid-sinh`"),
    ] {
        let found = refusal(toml);
        assert!(found.contains(expected), "{toml}: {found}");
    }
}

#[test]
fn the_bare_name_of_a_preset_is_a_device() {
    let text =
        "model = \"keysight-b2902a\"\ndevice = \"resistor\"\n[channel_2]\ndevice = \"diode\"";
    let config: Config = toml::from_str(text).unwrap();
    config.validate().unwrap();
    assert_eq!(config.dut(0).device, DeviceConfig::preset(Preset::Resistor));
    assert_eq!(config.dut(1).device, DeviceConfig::preset(Preset::Diode));
}

#[test]
fn the_second_channel_is_like_the_first_from_another_seed_or_what_its_table_says() {
    let config: Config =
        toml::from_str("seed = 7\ndevice = { sweep = 2 }\nmismatch = { gain_sd = \"5 %\" }")
            .unwrap();
    let (first, second) = (config.dut(0), config.dut(1));
    assert_eq!(first.seed, Some(7));
    assert_ne!(first.seed, second.seed);
    assert_eq!(Dut { seed: first.seed, ..second }, first);
    let config: Config =
        toml::from_str("seed = 7\n[channel_2]\nseed = 9\ndevice = { preset = \"resistor\" }")
            .unwrap();
    assert_eq!(config.dut(1).seed, Some(9));
    assert_eq!(config.dut(1).device.preset, Preset::Resistor);
    assert_eq!(config.dut(0).device.preset, Preset::Cuso4);
}

/// A directory that goes away with the test.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("firmware-sim-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_file_of_a_table_is_found_beside_the_configuration() {
    let directory = Directory::new("beside");
    directory.write("curve.csv", "V,I\n-1,-1e-6\n1,1e-6\n");
    let text = "model = \"keysight-b2912a\"\ndevice = { preset = \"table\", file = \"curve.csv\" }\n[channel_2]\ndevice = \
                { preset = \"table\", file = \"curve.csv\" }";
    let config = Config::load(&directory.write("bench.toml", text)).unwrap();
    config.validate().unwrap();
    assert_eq!(config.dut(1).device.measured().unwrap().volts, [-1.0, 1.0]);
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let directory = Directory::new("refused");
    for (text, keys, expected) in [
        ("volts,amperes\n0,0\n1,x\n", "", ":3: \"x\" in column 2 is not a number"),
        ("volts,amperes\n0,0\n\n1\n", "", ":4: there is no column 2"),
        ("time,amperes\n0,0\n1,1\n", "", ":1: the header \"time,amperes\" names no `volts`"),
        ("# nothing\n", "", ":1: the file has no points"),
        ("0 0\n0 1\n", "", ":1: a curve needs at least two voltages"),
        ("0 0\n1 inf\n", "", ":2: \"inf\" in column 2 is not a number"),
        ("0 0\n1 1\n", ", columns = [1, 3]", ":1: there is no column 3"),
        ("0 0\n1 1\n", ", columns = [0, 1]", ":1: device.columns are counted from 1"),
        (
            "v,i\n0,0\n1,1\n",
            ", columns = [\"v\", \"x\"]",
            ":1: there is no column \"x\" in the header",
        ),
        ("0 0\n1 1\n", ", branch = \"down\"", ":1: the sweep has no branch down"),
        (
            "0 0\n1 1\n",
            ", smooth = \"0.1 V\"",
            ":1: device.smooth takes at least five voltages on every way of the sweep",
        ),
    ] {
        let file = directory.write("curve.csv", text);
        let found = refusal(&format!("device = {{ preset = \"table\", file = {file:?}{keys} }}"));
        assert!(found.contains(&format!("curve.csv{expected}")), "{text}: {found}");
    }
    let found = refusal("device = { preset = \"table\", file = \"no/such/curve.csv\" }");
    assert_eq!(found, "no/such/curve.csv cannot be read");
}
