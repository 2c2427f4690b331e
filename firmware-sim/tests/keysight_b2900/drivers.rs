//! Lines that public drivers and laboratories send to instruments of this family.

use crate::Bench;

/// Sent to real units; each is accepted on a unit that has just been reset.
const ACCEPTED: &[&str] = &[
    // QCoDeS.
    "SOURCE1:VOLT 0.5",
    "SOURCE2:CURR 1E-06",
    "SENS1:VOLT:PROT 5",
    "SENS1:CURR:PROT 0.001",
    "OUTP1 1",
    "OUTP1 0",
    ":SENS1:REM 1",
    // NOMAD CAMELS.
    ":SOUR1:VOLT 0.0; :SOUR1:FUNC DC; FUNC:MODE VOLT",
    ":SOUR1:VOLT:RANG 2",
    ":SOUR1:VOLT:RANG:AUTO ON",
    ":SOUR1:VOLT:RANG:AUTO:LLIM 2",
    ":OUTP1:PROT ON",
    "SENS1:CURR:RANG 0.001",
    ":OUTP1:LOW GRO;",
    ":OUTP1:LOW FLO;",
    ":SENS1:CURR:RANG:AUTO:LLIM 1e-6",
    ":SENS1:RES:RANG:AUTO:ULIM 2e6",
    ":SENS1:RES:OCOM ON",
    ":SENS1:CURR:RANG:AUTO:MODE RES",
    ":SENS1:VOLT:NPLC 1; :SENS1:CURR:NPLC 1; :SENS1:RES:NPLC 1;",
    // PyMeasure.
    ":outp1 1.0",
    ":sour2:func:shap PULS",
    ":sour1:curr:trig 0.002",
    ":sour1:volt:trig 1.11",
    ":outp1:prot 1.0",
    ":sens2:volt:prot 4",
    ":sour1:pulse:del 0.001",
    ":sour2:pulse:widt 0.5",
    ":sens1:curr:range:auto 0.0",
    ":sens1:curr:aper 0.0001",
    ":trig1:tran:del 0.5",
    ":trig1:tran:tim MIN",
    ":trig2:acq:tim 1",
    ":trig1:tran:coun 2147483647",
    ":ABOR:ALL (@2)",
    ":form REAL,64",
    // The maker's IVI driver.
    "SOUR1:VOLT:RANG:AUTO 0",
    "SENS1:CURR:RANG:AUTO 1",
    "FORM REAL,64",
    // EPICS.
    ":SOURCE:VOLT:RANG 20.000000",
    ":OUTP 1",
    ":SENS:FUNC \"CURR\"",
    ":CURR:APER 1",
    ":FORM:ELEM:SENS CURR",
    // Transistor laboratories.
    ":sour1:volt:lev:imm 0.1",
    ":sour1:func:mode volt",
    ":sour1:volt:mode list",
    ":sour1:list:volt 1.000E-01,2.000E-01",
    ":sour2:list:curr 1.000E-06,2.000E-06",
    ":sens1:func \"volt\"",
    ":sens2:volt:rang:auto on",
    ":sens1:wait off",
    ":sour1:wait off",
    ":trig1:sour tim",
    "trig1:tim 3.0E-03",
    "trig1:acq:coun 2500.0",
    ":trig1:acq:del def",
    ":trig1:tran:del def",
    ":sens1:curr:aper:auto on",
    ":sens2:volt:aper 1.5E-03",
    ":form:elem:sens volt,curr,time",
    // Memristor laboratory.
    ":FORM:ELEM:SENS VOLT,CURR,TIME,SOUR",
    ":SENS1:FUNC \"CURR\",\"VOLT\"",
    ":SOUR1:SWE:POIN 3",
    ":SOUR1:SWE:RANG BEST",
    ":TRIG1:TIM 0.05",
    ":TRIG1:COUN 3",
    ":TRAC1:CLE",
    ":TRIG1:ACQ:DEL 0.0005",
    // Others.
    ":SOUR:SWE:STA DOUB",
    ":SENS1:FUNC:ON \"VOLT\",\"CURR\"",
    ":SENS1:CURR:DC:NPLC 5",
    ":OUTP1:STAT ON",
    ":INIT:IMM:ACQ (@1)",
    ":INIT:IMM:TRAN (@1)",
    ":INIT:ACQ (@1)",
    ":SENS1:CURR:DC:RANG:UPP 1E-3",
    ":SENS1:CURR:DC:APER:AUTO 1",
    ":SENS1:CURR:DC:APER 1E-3",
    ":TRIG1:ACQ:SOUR TIM",
    ":SYST:LFR 50",
    ":FORM:DATA ASC",
    ":SOUR:VOLT 1.000000e-01",
    ":TRIG:ACQ:DEL 0.001000",
    ":OUTP:OFF:MODE HIZ",
    "SYST:BEEP:STAT OFF",
    ":SYST:BEEP 440, 0.1",
    "SENS:REM OFF",
    ":FUNC DC",
    ":FUNC PULS",
    ":PULS:WIDT 1E-3",
    ":PULS:DEL 1E-4",
    ":SOUR1:FUNC:TRIG:CONT OFF",
    ":SOUR1:WAIT ON",
    ":TRIG1:TRAN:DEL MIN",
    ":TRIG1:ALL:COUN 1",
    ":TRIG1:LXI:LAN:DIS:ALL",
    ":TRIG1:ALL:SOUR AINT",
    ":TRIG1:ALL:TIM MIN",
    ":FORM:ELEM:SENS VOLT,CURR,TIME,STAT,SOUR",
    ":SYST:TIME:TIM:COUN:RES:AUTO ON",
    ":TRIG:MEAS:DEL .001",
    ":TRIG:DEL .01",
    ":SOUR:TOUT:STAT ON",
    ":SOUR:TOUT:SIGN EXT3",
    ":SOUR:DIG:EXT3:FUNC DIO",
    ":SOUR:DIG:EXT3:TOUT:EDGE:POS BEF",
    ":SOUR:DIG:EXT3:TOUT:EDGE:WIDT 1E-3",
    ":syst:gro:def (@1,2)",
    ":syst:gro:res",
    "*ESE 1",
    ":INIT (@1)",
    "*OPC",
    ":SOUR1:FUNC:MODE VOLT; :SOUR2:FUNC:MODE VOLT",
    ":OUTP1:LOW COMM;:OUTP1:OFF:MODE ZERO;",
    ":TRIG1:ALL:SOUR TIM;COUN 5;TIM 0.001;BYP OFF;DEL 0.000000",
    ":SENS1:CURR:RANG 2.000000E-6;RANG:AUTO ON;AUTO:ULIM 100e-3;LLIM 1e-7",
    // pylabinstruments, as far as it is right.
    "SOUR1:FUNC:SHAP PULS",
    "SOUR1:PULS:WIDTH 0.001",
    "SOUR1:SWE:RANG FIX",
    "SOUR1:SWE:DIR UP",
    "INIT (@1,2)",
    "ABOR (@1,2)",
    "SENS1:FUNC 'CURR:DC'",
];

/// Asked of real units; each is answered.
const ANSWERED: &[&str] = &[
    "*IDN?",
    "*TST?",
    "*STB?",
    "*RST;*OPC?",
    "SOURCE1:VOLT?",
    "MEAS:VOLT? (@1)",
    "MEAS:CURR? (@2)",
    "MEAS:RES? (@1)",
    "MEAS:CURR? (@1)",
    ":MEAS?",
    ":FETC:CURR? (@1);",
    ":FETC:ARR:SOUR? (@1)",
    ":FETC:ARR:TIME? (@1)",
    ":FETC:ARR?",
    ":fetc:arr? (@1,2)",
    ":SENS1:DATA?",
    "SOUR1:LIST:VOLT?",
    ":SOURCE:VOLT:RANG?",
    ":SENS:FUNC?",
    ":TRIG:ACQ:SOUR?",
    ":TRIG:ACQ:COUN?",
    ":CURR:APER?",
    ":SENS1:CURR:DC:RANG:UPP?",
    ":SENS:CURR:PROT:TRIP?",
    ":STAT:OPER:COND?",
    ":idle1:all?",
    ":form?",
    "SYST:ERR?",
    ":SYST:ERR:CODE:ALL?",
];

/// Sent by drivers that were written without the manual.
const REFUSED: &[(&str, i32)] = &[
    ("SOUR1:CURR:LIMIT 0.1", -113),
    ("SOUR1:VOLT:LIMIT 0.1", -113),
    ("OUTP1:HIMPEDANCE ON", -113),
    ("SOUR1:FUNC:MODE SWE", -224),
    ("SOUR1:FUNC:MODE LIST", -224),
    ("SOUR1:FUNC:SHAP VOLT", -224),
    ("SOUR1:PULS:COUN 3", -113),
    ("SOUR1:VOLT:BATT 3", -113),
    ("LIST:CLE (@1)", -113),
    ("LIST:WIDT 0.1, (@1)", -113),
    ("SENS1:CURR:DIG:COUN 3", -113),
    ("ARM:SOUR AUTO, (@1)", -224),
    ("SENS1:CURR:BAND 3", -113),
    ("SENS1:CURR:AZER ON", -113),
    (":SOUR:VOLT:MODE VOLT", -224),
    (":sour2:func:mode amps", -224),
    (":ROUT:TERM FRON", -113),
];

#[test]
fn what_drivers_send_to_real_units_is_accepted() {
    let mut bench = Bench::new("keysight-b2912a");
    for line in ACCEPTED {
        bench.tell("*RST");
        bench.tell(line);
        assert_eq!(bench.errors(), [], "{line}");
    }
}

#[test]
fn what_drivers_ask_real_units_is_answered() {
    let mut bench = Bench::new("keysight-b2912a");
    for line in ANSWERED {
        assert!(!bench.ask(line).is_empty(), "{line}");
        assert_eq!(bench.errors(), [], "{line}");
    }
}

#[test]
fn what_a_real_unit_refuses_is_refused() {
    let mut bench = Bench::new("keysight-b2912a");
    for (line, code) in REFUSED {
        bench.tell(line);
        assert_eq!(bench.errors(), [*code], "{line}");
    }
    // The query of an unknown header is not answered at all.
    assert_eq!(bench.raw("SOUR1:CURR:LIMIT?"), b"");
}

#[test]
fn a_driver_that_polls_the_status_byte_sees_the_end_of_a_run() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("*ESE 1;*CLS;:TRIG:SOUR TIM;TIM 0.1;COUN 5;:OUTP 1");
    bench.instrument.advance(1.0);
    bench.tell(":INIT (@1)");
    bench.tell("*OPC");
    assert_eq!(bench.ask("*STB?"), "0");
    // Bits 1 and 4: source and meter of channel 1 are idle.
    assert_eq!(bench.number(":STAT:OPER:COND?") as u32 & 18, 0);
    bench.instrument.advance(2.0);
    assert_eq!(bench.ask("*STB?"), "32");
    assert_eq!(bench.number(":STAT:OPER:COND?") as u32 & 18, 18);
}
