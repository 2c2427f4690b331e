//! Which device is on the terminals: a preset and its parameters.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IntoDeserializer},
};

use super::{
    Amperes, Branch, Column, ConfigError, Curve, Diffusivity, Metres, Ohms, PerSecond, Preset,
    Ratio, Seconds, Siemens, TableQuantity, Volts, Window,
    measured::{self, Measured},
    quantity::Number,
};

/// Every key of a device: its documentation, its type, what is accepted, and the presets that
/// take it. `numbers` are checked against a range, `choices` by their type.
macro_rules! keys {
    (
        numbers { $($(#[$doc:meta])*
            $key:ident: $type:ty, $accepted:expr, $expected:literal, $presets:pat,)* }
        choices { $($(#[$choice_doc:meta])*
            $choice:ident: $choice_type:ty, $choice_presets:pat,)* }
    ) => {
        /// The device on the terminals: a preset, and what is changed about it.
        ///
        /// Each key belongs to the presets that its text names; another preset refuses it.
        ///
        /// ```
        /// for device in [
        ///     r#"preset = "cuso4", sweep = 1, sample_period = "10 ms""#,
        ///     r#"preset = "liquid-sinh", full_scale = "60 uA", memory = "8 %", relaxation = "2 s""#,
        ///     r#"preset = "saturating", full_scale = "60 uA""#,
        ///     r#"preset = "conical", conductance = "60 uS", channel_length = "10 um""#,
        ///     r#"preset = "nanochannel", full_scale = "60 uA", relaxation = "1.9 s""#,
        ///     r#"preset = "ag-filament", threshold = "750 mV", threshold_sd = "10 %""#,
        ///     r#"preset = "switching", threshold = "380 mV", relaxation = "10 ms""#,
        ///     r#"preset = "vteam", v_on = "-0.3 V", k_on = "-1 /s", window = "biolek""#,
        ///     r#"preset = "yakopcic", a_1 = "170 mA", a_p = "4000 /s", x_0 = 0.11"#,
        ///     r#"preset = "resistor", resistance = "10 kOhm""#,
        ///     r#"preset = "diode", ideality = 1.75, resistance = "10 Ohm""#,
        ///     r#"preset = "table", file = "loop.csv", branch = "up", columns = ["V", "I"]"#,
        /// ] {
        ///     let text = format!("device = {{ {device} }}");
        ///     let _: firmware_sim::Config = toml::from_str(&text)?;
        /// }
        /// # Ok::<(), toml::de::Error>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct DeviceConfig {
            /// The law of the device.
            #[serde(default)]
            pub preset: Preset,
            $($(#[$doc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $key: Option<$type>,)*
            $($(#[$choice_doc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $choice: Option<$choice_type>,)*
            /// The file of a `table`, once it was read.
            #[serde(skip)]
            read: Read,
        }

        impl DeviceConfig {
            /// Each key, whether it is given, and whether the preset takes it.
            fn given(&self) -> Vec<(&'static str, bool, bool)> {
                vec![
                    $((stringify!($key), self.$key.is_some(), matches!(self.preset, $presets)),)*
                    $((
                        stringify!($choice),
                        self.$choice.is_some(),
                        matches!(self.preset, $choice_presets),
                    ),)*
                ]
            }

            fn check_ranges(&self) -> Result<(), ConfigError> {
                $(if let Some(it) = self.$key
                    && !($accepted).contains(&it.number())
                {
                    let key = concat!("device.", stringify!($key));
                    return Err(ConfigError::value(key, it, $expected));
                })*
                Ok(())
            }
        }
    };
}

keys! {
    numbers {
        /// The current at +1 V from rest. `liquid-sinh`, `saturating`, `conical` and
        /// `nanochannel`: default 60 uA; `cuso4` and `table`: default as fitted or measured.
        /// `switching`: the one that settles at +1 V, default 60 uA.
        full_scale: Amperes, 1e-12..=1.0, "1 pA to 1 A",
            Preset::LiquidSinh | Preset::Saturating | Preset::Cuso4 | Preset::Conical
            | Preset::Nanochannel | Preset::Switching | Preset::Table,
        /// How far the state moves the non-linear part of the current, up and down from rest.
        /// `liquid-sinh` and `saturating`; default 8 %.
        memory: Ratio, 0.0..=0.9, "0 % to 90 %", Preset::LiquidSinh | Preset::Saturating,
        /// The time constant with which the state returns to rest. `liquid-sinh` and
        /// `saturating`: default 2 s; `conical` and `nanochannel`: default L²/12D; `ag-filament`:
        /// that of the stretched exponential, default 50 ms. `switching`: the time constant with
        /// which the state follows the voltage, default 10 ms; at 1 us a reading knows no past.
        relaxation: Seconds, 1e-6..=1e6, "1 us to 1 Ms",
            Preset::LiquidSinh | Preset::Saturating | Preset::Conical | Preset::Nanochannel
            | Preset::AgFilament | Preset::Switching,
        /// The time that one sample of the fitted sweep took. `cuso4`; default 10 ms, an
        /// assumption: the sweeps were published without their time base.
        sample_period: Seconds, 1e-6..=1e6, "1 us to 1 Ms", Preset::Cuso4,
        /// Which of the three fitted sweeps, 1 to 3. `cuso4`; default 1.
        sweep: u8, 1.0..=3.0, "1, 2 or 3", Preset::Cuso4,
        /// The resistance: `resistor`, default 10 kOhm; in series with the junction: `diode`,
        /// default 10 Ohm.
        resistance: Ohms, 1e-3..=1e12, "1 mOhm to 1 TOhm", Preset::Resistor | Preset::Diode,
        /// The conductance at 0 V from rest, in place of `full_scale`: `conical`, `nanochannel`;
        /// that of a whole filament: `ag-filament`, default 100 uS.
        conductance: Siemens, 1e-15..=1e3, "1 fS to 1 kS",
            Preset::Conical | Preset::Nanochannel | Preset::AgFilament,
        /// The length L of the channel, which with `diffusion` gives the time constant L²/12D.
        /// `conical`: default 10 um; `nanochannel`: default 150 um.
        channel_length: Metres, 1e-9..=1.0, "1 nm to 1 m", Preset::Conical | Preset::Nanochannel,
        /// The diffusion coefficient D of the ions. `conical` and `nanochannel`; default
        /// 1e-9 m2/s.
        diffusion: Diffusivity, 1e-15..=1e-3, "1e-15 m2/s to 1e-3 m2/s",
            Preset::Conical | Preset::Nanochannel,
        /// The mean voltage, of either sign, above which the filament grows: `ag-filament`, default
        /// 750 mV; the positive voltage at which half of one stands: `switching`, default 380 mV,
        /// at least 100 mV.
        threshold: Volts, 1e-3..=200.0, "1 mV to 200 V", Preset::AgFilament | Preset::Switching,
        /// The negative voltage at which half of a filament stands. `switching`; default -550 mV.
        negative_threshold: Volts, -200.0..=-0.1, "-200 V to -100 mV", Preset::Switching,
        /// The spread from cycle to cycle of `threshold` and of `hold`. `ag-filament`; default
        /// 10 %.
        threshold_sd: Ratio, 0.0..=0.3, "0 % to 30 %", Preset::AgFilament,
        /// The mean voltage below which the filament dissolves. `ag-filament`; default 280 mV.
        hold: Volts, 1e-3..=200.0, "1 mV to 200 V", Preset::AgFilament,
        /// The time constant of growth at the mean threshold. `ag-filament`; default 1 ms.
        set_time: Seconds, 1e-9..=1e6, "1 ns to 1 Ms", Preset::AgFilament,
        /// Growth is e times faster for each of these above the mean threshold. `ag-filament`;
        /// default 100 mV.
        set_voltage: Volts, 1e-2..=100.0, "10 mV to 100 V", Preset::AgFilament,
        /// The exponent beta of the stretched exponential. `ag-filament`; default 0.65.
        stretch: f64, 0.5..=1.0, "0.5 to 1", Preset::AgFilament,
        /// What a whole filament carries at most. `ag-filament`; default 1 mA.
        filament_limit: Amperes, 1e-12..=1.0, "1 pA to 1 A", Preset::AgFilament,
        /// I_0 of the current I_0·sinh(V/V_1) without a filament. `ag-filament`; default 1 nA.
        off_current: Amperes, 1e-15..=1.0, "1 fA to 1 A", Preset::AgFilament,
        /// V_1 of the current I_0·sinh(V/V_1) without a filament. `ag-filament`; default 250 mV.
        off_voltage: Volts, 0.02..=1e3, "20 mV to 1 kV", Preset::AgFilament,
        /// The voltage below which the resistance falls. `vteam`; default -0.3 V.
        v_on: Volts, -200.0..=-1e-3, "-200 V to -1 mV", Preset::Vteam,
        /// The voltage above which the resistance rises. `vteam`; default 0.3 V.
        v_off: Volts, 1e-3..=200.0, "1 mV to 200 V", Preset::Vteam,
        /// The rate towards the low resistance, negative as in the paper. `vteam`; default -1 /s.
        k_on: PerSecond, -1e12..=0.0, "-1e12 /s to 0 /s", Preset::Vteam,
        /// The rate towards the high resistance. `vteam`; default 1 /s.
        k_off: PerSecond, 0.0..=1e12, "0 /s to 1e12 /s", Preset::Vteam,
        /// The exponent of the motion below `v_on`. `vteam`; default 3.
        alpha_on: f64, 0.1..=20.0, "0.1 to 20", Preset::Vteam,
        /// The exponent of the motion above `v_off`. `vteam`; default 3.
        alpha_off: f64, 0.1..=20.0, "0.1 to 20", Preset::Vteam,
        /// The low resistance. `vteam`; default 10 kOhm.
        r_on: Ohms, 1e-3..=1e12, "1 mOhm to 1 TOhm", Preset::Vteam,
        /// The high resistance. `vteam`; default 100 kOhm.
        r_off: Ohms, 1e-3..=1e12, "1 mOhm to 1 TOhm", Preset::Vteam,
        /// The state at power-on: of `vteam`, 0 (low resistance) to 1, default 0.5; of `yakopcic`,
        /// default 0.11.
        x_0: f64, 0.0..=1.0, "0 to 1", Preset::Vteam | Preset::Yakopcic,
        /// Amplitude of the current at positive voltages. `yakopcic`; default 0.17 A.
        a_1: Amperes, 1e-12..=1e3, "1 pA to 1 kA", Preset::Yakopcic,
        /// Amplitude of the current at negative voltages. `yakopcic`; default 0.17 A.
        a_2: Amperes, 1e-12..=1e3, "1 pA to 1 kA", Preset::Yakopcic,
        /// Steepness of the current, 1/V. `yakopcic`; default 0.05.
        b: f64, 1e-3..=3.0, "0.001 to 3", Preset::Yakopcic,
        /// The voltage above which the state moves. `yakopcic`; default 160 mV.
        v_p: Volts, 0.0..=200.0, "0 V to 200 V", Preset::Yakopcic,
        /// The negative voltage, without its sign, below which the state moves. `yakopcic`;
        /// default 150 mV.
        v_n: Volts, 0.0..=200.0, "0 V to 200 V", Preset::Yakopcic,
        /// The rate above `v_p`. `yakopcic`; default 4000 /s.
        a_p: PerSecond, 0.0..=1e12, "0 /s to 1e12 /s", Preset::Yakopcic,
        /// The rate below `v_n`. `yakopcic`; default 4000 /s.
        a_n: PerSecond, 0.0..=1e12, "0 /s to 1e12 /s", Preset::Yakopcic,
        /// The state from which a rising state is slowed down. `yakopcic`; default 0.3.
        x_p: f64, 0.0..=0.99, "0 to 0.99", Preset::Yakopcic,
        /// One minus the state below which a falling state is slowed down. `yakopcic`; default
        /// 0.5.
        x_n: f64, 0.0..=0.99, "0 to 0.99", Preset::Yakopcic,
        /// How strongly a rising state is slowed down. `yakopcic`; default 1.
        alpha_p: f64, 0.0..=20.0, "0 to 20", Preset::Yakopcic,
        /// How strongly a falling state is slowed down. `yakopcic`; default 5.
        alpha_n: f64, 0.0..=20.0, "0 to 20", Preset::Yakopcic,
        /// Whether a positive voltage raises (positive) or lowers the state, and how fast.
        /// `yakopcic`; default 1.
        eta: f64, -1.0..=1.0, "-1 to 1", Preset::Yakopcic,
        /// Saturation current. `diode`; default 2.5 nA.
        saturation_current: Amperes, 1e-18..=1.0, "1 aA to 1 A", Preset::Diode,
        /// Emission coefficient. `diode`; default 1.75.
        ideality: f64, 0.5..=20.0, "0.5 to 20", Preset::Diode,
        /// Reduces the measured points to this number of averages over equal steps of voltage,
        /// for noisy sweeps; with `smooth`, how many points the smoothed curve has. `table`; default
        /// all points, with `smooth` five for each of its half-widths.
        points: u32, 2.0..=100_000.0, "2 to 100000", Preset::Table,
        /// Fits a parabola to the points within this distance of every voltage, so that the curve
        /// and its slope are smooth: at least several steps of the sweep, and no more than the width
        /// of what is to be seen. `table`; default none.
        smooth: Volts, 1e-6..=200.0, "1 uV to 200 V", Preset::Table,
    }
    choices {
        /// How the motion ends at the limits of the state. `vteam`; default `linear`.
        window: Window, Preset::Vteam,
        /// How the resistance depends on the state. `vteam`; default `linear`.
        curve: Curve, Preset::Vteam,
        /// The measured curve, relative to the configuration file. `table`.
        file: PathBuf, Preset::Table,
        /// The columns of voltage and of current or conductance, by name or by number from 1.
        /// `table`; default by the header, or 1 and 2 where there is none.
        columns: [Column; 2], Preset::Table,
        /// What the second column holds. `table`; default by the header, or `amperes`.
        values: TableQuantity, Preset::Table,
        /// Which way of a hysteretic sweep. `table`; default `mean`.
        branch: Branch, Preset::Table,
    }
}

/// Reads a device: a table, or the bare name of a preset.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DeviceConfig, D::Error> {
    struct Written;

    impl<'de> de::Visitor<'de> for Written {
        type Value = DeviceConfig;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                "a preset such as \"resistor\", or a table such as { preset = \"resistor\" }",
            )
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<DeviceConfig, E> {
            Preset::deserialize(name.into_deserializer()).map(DeviceConfig::preset)
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DeviceConfig, A::Error> {
            DeviceConfig::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_any(Written)
}

/// What a file held; says nothing about what is configured.
#[derive(Clone, Debug, Default)]
struct Read(OnceLock<Arc<Measured>>);

impl PartialEq for Read {
    fn eq(&self, _: &Read) -> bool {
        true
    }
}

impl DeviceConfig {
    /// A preset with all its defaults.
    pub fn preset(preset: Preset) -> Self {
        DeviceConfig { preset, ..DeviceConfig::default() }
    }

    /// A measured curve: the preset `table` with this file, all else by the file's header.
    pub fn table(file: impl Into<PathBuf>) -> Self {
        DeviceConfig { file: Some(file.into()), ..DeviceConfig::preset(Preset::Table) }
    }

    /// The curve of a `table`, read when it is first asked for.
    pub(crate) fn measured(&self) -> Result<Arc<Measured>, ConfigError> {
        if let Some(read) = self.read.0.get() {
            return Ok(Arc::clone(read));
        }
        let file = self.file.as_deref().ok_or(ConfigError::NoTable)?;
        let read = Arc::new(measured::load(file, self)?);
        Ok(Arc::clone(self.read.0.get_or_init(|| read)))
    }

    /// Takes a relative `file` from `directory`.
    pub(super) fn relative_to(&mut self, directory: &Path) {
        if let Some(file) = &mut self.file {
            *file = directory.join(&*file);
            self.read = Read::default();
        }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let keys = self.given();
        if let Some((key, ..)) = keys.iter().find(|(_, given, taken)| *given && !taken) {
            let taken: Vec<_> = keys.iter().filter(|it| it.2).map(|it| it.0).collect();
            let (key, preset, accepted) = (*key, self.preset, taken.join(", "));
            return Err(ConfigError::NotOfPreset { key, preset, accepted });
        }
        self.check_ranges()?;
        self.check_contradictions()?;
        if self.preset == Preset::Table {
            self.measured()?;
        }
        Ok(())
    }

    fn check_contradictions(&self) -> Result<(), ConfigError> {
        let channel = matches!(self.preset, Preset::Conical | Preset::Nanochannel);
        if channel && self.conductance.is_some() && self.full_scale.is_some() {
            let (key, other) = ("conductance", "full_scale");
            return Err(ConfigError::Twice { key, other });
        }
        if self.relaxation.is_some() && self.channel_length.is_some() {
            return Err(ConfigError::Twice { key: "relaxation", other: "channel_length" });
        }
        if self.relaxation.is_some() && self.diffusion.is_some() {
            return Err(ConfigError::Twice { key: "relaxation", other: "diffusion" });
        }
        if self.preset == Preset::AgFilament {
            let hold = self.hold.unwrap_or(Volts(0.28));
            if hold > self.threshold.unwrap_or(Volts(0.75)) {
                return Err(ConfigError::value("device.hold", hold, "less than device.threshold"));
            }
        }
        // Nearer, the two switches overlap at 0 V and the steady current would fall somewhere.
        if self.preset == Preset::Switching
            && let Some(threshold) = self.threshold.filter(|it| it.0 < 0.1)
        {
            return Err(ConfigError::value("device.threshold", threshold, "100 mV to 200 V"));
        }
        Ok(())
    }
}
