//! The closed choices that the 2400's settings consist of, as its commands spell them.

use crate::engine::choice::{Choice, choice};

choice!(
    /// `:SOUR:FUNC`.
    Function { Voltage = "VOLTage", Current = "CURRent", Memory = "MEMory" }
);
choice!(
    /// `:SOUR:<fn>:MODE`.
    LevelMode { Fixed = "FIXed", Sweep = "SWEep", List = "LIST" }
);
choice!(
    /// `:SOUR:CLE:AUTO:MODE`.
    ClearMode { Always = "ALWays", TriggerCount = "TCOunt" }
);
choice!(
    /// `:SOUR:SWE:SPAC`.
    Spacing { Linear = "LINear", Logarithmic = "LOGarithmic" }
);
choice!(
    /// `:SOUR:SWE:DIR`.
    SweepDirection { Up = "UP", Down = "DOWN" }
);
choice!(
    /// `:SOUR:SWE:RANG`.
    SweepRanging { Best = "BEST", Auto = "AUTO", Fixed = "FIXed" }
);
choice!(
    /// `:SOUR:SWE:CAB`.
    ComplianceAbort { Never = "NEVer", Early = "EARLy", Late = "LATE" }
);
choice!(
    /// `:OUTP:SMOD`.
    OffState { HighImpedance = "HIMPedance", Normal = "NORMal", Zero = "ZERO", Guard = "GUARd" }
);
choice!(
    /// `:SENS:RES:MODE`.
    OhmsMode { Manual = "MANual", Auto = "AUTO" }
);
choice!(
    /// `:SENS:AVER:TCON`.
    FilterControl { Repeat = "REPeat", Moving = "MOVing" }
);
choice!(
    /// `:ARM:SOUR`.
    ArmSource {
        Immediate = "IMMediate",
        TriggerLink = "TLINk",
        Timer = "TIMer",
        Manual = "MANual",
        Bus = "BUS",
        NegativeStart = "NSTest",
        PositiveStart = "PSTest",
        BothStart = "BSTest",
    }
);
choice!(
    /// `:TRIG:SOUR`.
    TriggerSource { Immediate = "IMMediate", TriggerLink = "TLINk" }
);
choice!(
    /// `:ARM:DIR` and `:TRIG:DIR`.
    Bypass { Acceptor = "ACCeptor", Source = "SOURce" }
);
choice!(
    /// `:ARM:OUTP`.
    ArmOutput { Enter = "TENTer", Exit = "TEXit", None = "NONE" }
);
choice!(
    /// The events of `:TRIG:INP` and `:TRIG:OUTP`.
    LayerEvent { Source = "SOURce", Delay = "DELay", Sense = "SENSe", None = "NONE" }
);
choice!(
    /// `:FORM:DATA`.
    DataFormat { Ascii = "ASCii", Real = "REAL", Single = "SREal" }
);
choice!(
    /// `:FORM:BORD`.
    ByteOrder { Normal = "NORMal", Swapped = "SWAPped" }
);
choice!(
    /// `:FORM:SREG`.
    RegisterFormat { Ascii = "ASCii", Hexadecimal = "HEXadecimal", Octal = "OCTal", Binary = "BINary" }
);
choice!(
    /// `:FORM:ELEM`, in the order in which they are answered.
    Element { Voltage = "VOLTage", Current = "CURRent", Resistance = "RESistance", Time = "TIME", Status = "STATus" }
);
choice!(
    /// `:CALC3:FORM`.
    Statistic { Mean = "MEAN", Deviation = "SDEViation", Maximum = "MAXimum", Minimum = "MINimum", PeakToPeak = "PKPK" }
);
choice!(
    /// `:SYST:RCM`.
    RangingInCompliance { Single = "SINGle", Multiple = "MULTiple" }
);
choice!(
    /// `:TRAC:FEED:CONT`.
    FeedControl { Next = "NEXT", Never = "NEVer" }
);
choice!(
    /// `:TRAC:TST:FORM`.
    Timestamp { Absolute = "ABSolute", Delta = "DELTa" }
);

choice!(
    /// `:SYST:POS`.
    PowerOn {
        Reset = "RST",
        Preset = "PRESet",
        Saved0 = "SAV0",
        Saved1 = "SAV1",
        Saved2 = "SAV2",
        Saved3 = "SAV3",
        Saved4 = "SAV4",
    }
);
choice!(
    /// `:SYST:GUAR`.
    Guard { Ohms = "OHMS", Cable = "CABLe" }
);
choice!(
    /// `:ROUT:TERM`.
    Panel { Front = "FRONt", Rear = "REAR" }
);
choice!(
    /// `:FORM:ELEM:CALC`, in the order in which they are answered.
    ResultElement { Result = "CALCulate", Time = "TIME", Status = "STATus" }
);
choice!(
    /// `:SOUR2:TTL4:MODE`: line 4 says end of test, or busy.
    LineFour { EndOfTest = "EOTest", Busy = "BUSY" }
);
choice!(
    /// `:CALC2:LIM1:COMP:FAIL`: the test fails in compliance, or out of it.
    ComplianceFails { In = "IN", Out = "OUT" }
);
choice!(
    /// `:CALC2:CLIM:MODE`.
    LimitMode { Grading = "GRADing", Sorting = "SORTing" }
);
choice!(
    /// `:CALC2:CLIM:BCON`: the pattern goes out with each result, or at the end.
    BinControl { Immediate = "IMMediate", End = "END" }
);

/// `:CALC2:FEED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitFeed {
    Calculate1,
    Voltage,
    Current,
    Resistance,
}

impl Choice for LimitFeed {
    const ALL: &'static [(&'static str, Self)] = &[
        ("CALCulate", LimitFeed::Calculate1),
        ("CALCulate1", LimitFeed::Calculate1),
        ("VOLTage", LimitFeed::Voltage),
        ("CURRent", LimitFeed::Current),
        ("RESistance", LimitFeed::Resistance),
    ];
}

/// `:TRAC:FEED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    Sense,
    Calculate1,
    Calculate2,
}

impl Choice for Feed {
    /// With and without the suffix 1; answered without.
    const ALL: &'static [(&'static str, Self)] = &[
        ("SENSe", Feed::Sense),
        ("SENSe1", Feed::Sense),
        ("CALCulate", Feed::Calculate1),
        ("CALCulate1", Feed::Calculate1),
        ("CALCulate2", Feed::Calculate2),
    ];
}
