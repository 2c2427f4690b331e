//! The commands that both boxes have (Prologix GPIB-ETHERNET Controller User Manual, section 9).

use super::{
    bus::{Bus, Until},
    settings::{GatewayKind, Pad, Settings},
};

/// What `++help` lists on a Prologix.
const COMMANDS: &str = "addr auto clr eoi eos eot_enable eot_char help ifc llo loc lon mode read \
                        read_tmo_ms rst savecfg spoll srq status trg ver";

/// A box: what is set on it, and its bus.
pub(super) struct Controller {
    pub(super) kind: GatewayKind,
    pub(super) bus: Bus,
    pub(super) settings: Settings,
    /// What it starts with.
    saved: Settings,
    /// A Prologix saves what is set.
    saves: bool,
}

/// A command that the box does not take.
pub(super) enum Refused {
    /// There is none of that name in this mode.
    Unknown,
    /// Its parameters are not what is accepted.
    Parameters,
}

/// What a line has come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// For the client.
    pub(super) out: Vec<u8>,
    /// All connections are closed behind it.
    pub(super) closes: bool,
}

impl Outcome {
    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        self.out.extend(text.as_ref().as_bytes());
        self.out.extend(b"\r\n");
    }
}

/// The parameters of a command.
pub(super) struct Parameters<'t> {
    pub(super) text: &'t str,
    pub(super) words: Vec<&'t str>,
}

impl Controller {
    pub(super) fn new(kind: GatewayKind, bus: Bus) -> Controller {
        let settings = Settings::of(kind);
        Controller { kind, bus, saved: settings.clone(), settings, saves: false }
    }

    /// Does what a command says.
    pub(super) async fn obey(&mut self, command: &str) -> Outcome {
        let mut outcome = Outcome::default();
        let (name, text) = command.split_once([' ', '\t']).unwrap_or((command, ""));
        let text = text.trim();
        let words = text.split([' ', ',', '\t']).filter(|it| !it.is_empty()).collect();
        let parameters = Parameters { text, words };
        let name = name.to_ascii_lowercase();
        let done = match self.standard(&name, &parameters, &mut outcome).await {
            Err(Refused::Unknown) if self.kind == GatewayKind::Ar488 => {
                self.own(&name, &parameters, &mut outcome).await
            }
            done => done,
        };
        match done {
            Ok(()) if self.saves => self.saved = self.settings.clone(),
            Ok(()) => {}
            Err(Refused::Unknown) => self.not_understood(&mut outcome),
            Err(Refused::Parameters) => self.out_of_range(&mut outcome),
        }
        outcome
    }

    pub(super) fn not_understood(&self, outcome: &mut Outcome) {
        outcome.say("Unrecognized command");
    }

    /// UNVERIFIED: what a Prologix says then is not in its manual; an AR488 says something to people
    /// only.
    fn out_of_range(&self, outcome: &mut Outcome) {
        match self.kind {
            GatewayKind::Prologix => self.not_understood(outcome),
            GatewayKind::Ar488 if self.settings.verbose => outcome.say("Invalid parameter"),
            GatewayKind::Ar488 => {}
        }
    }

    async fn standard(
        &mut self,
        name: &str,
        parameters: &Parameters<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let prologix = self.kind == GatewayKind::Prologix;
        let settings = &mut self.settings;
        match name {
            "addr" if parameters.words.is_empty() => outcome.say(settings.address.to_string()),
            "addr" => match &addresses(parameters, prologix)?[..] {
                [address] => settings.address = *address,
                _ => return Err(Refused::Parameters),
            },
            "eoi" => parameters.set(&mut settings.eoi, 0..=1, outcome)?,
            "eos" => parameters.set(&mut settings.eos, 0..=3, outcome)?,
            "eot_enable" => parameters.set(&mut settings.eot_enable, 0..=1, outcome)?,
            "eot_char" => parameters.set(&mut settings.eot_char, 0..=255, outcome)?,
            "mode" => {
                let mut mode = u8::from(settings.controller);
                parameters.set(&mut mode, 0..=1, outcome)?;
                settings.controller = mode == 1;
            }
            "savecfg" if !prologix => self.saved = self.settings.clone(),
            "savecfg" => {
                let mut saves = u8::from(self.saves);
                parameters.set(&mut saves, 0..=1, outcome)?;
                self.saves = saves == 1;
            }
            "rst" => {
                self.settings = self.saved.clone();
                // It starts anew, and the network with it.
                outcome.closes = prologix;
            }
            "ver" if prologix => {
                outcome.say("Prologix GPIB-ETHERNET Controller version 01.06.06.00");
            }
            "help" if prologix => {
                COMMANDS.split_whitespace().for_each(|it| outcome.say(format!("++{it}")));
            }
            "lon" if !settings.controller => parameters.set(&mut settings.lon, 0..=1, outcome)?,
            "status" if !settings.controller => {
                parameters.set(&mut settings.status, 0..=255, outcome)?;
            }
            _ if !settings.controller => return Err(Refused::Unknown),
            // Continuous reads (3) of an AR488 are not simulated.
            "auto" if prologix => parameters.set(&mut settings.auto, 0..=1, outcome)?,
            "auto" => parameters.set(&mut settings.auto, 0..=2, outcome)?,
            "read_tmo_ms" if prologix => {
                parameters.set(&mut settings.read_tmo_ms, 1..=3000, outcome)?;
            }
            "read_tmo_ms" => parameters.set(&mut settings.read_tmo_ms, 0..=32000, outcome)?,
            "read" => self.read(parameters, outcome).await?,
            "clr" => self.bus.clear(self.settings.address),
            "ifc" => self.bus.interface_clear(),
            // What the front panel does while it is locked, or not, is not simulated.
            "llo" | "loc" => {}
            "spoll" => self.poll(parameters, outcome)?,
            "srq" => outcome.say(u8::from(self.bus.requests_service()).to_string()),
            "trg" => {
                let mut targets = addresses(parameters, prologix)?;
                if targets.is_empty() {
                    targets.push(self.settings.address);
                }
                if targets.len() > 15 {
                    return Err(Refused::Parameters);
                }
                targets.into_iter().for_each(|it| self.bus.trigger(it));
            }
            _ => return Err(Refused::Unknown),
        }
        Ok(())
    }

    async fn read(
        &mut self,
        parameters: &Parameters<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let mut address = self.settings.address;
        let until = match &parameters.words[..] {
            [] => self.usual_end(),
            [word] => end_of(word)?,
            // An AR488 reads from another address without going there.
            [other, more @ ..] if self.kind == GatewayKind::Ar488 => {
                let (last, secondary) = more.split_last().ok_or(Refused::Parameters)?;
                let text = [&[*other], secondary].concat().join(" ");
                let words = text.split(' ').collect();
                address = *addresses(&Parameters { text: "", words }, false)?
                    .first()
                    .ok_or(Refused::Parameters)?;
                end_of(last)?
            }
            _ => return Err(Refused::Parameters),
        };
        self.receive(address, until, outcome).await;
        Ok(())
    }

    /// Where a read ends for which nothing is said.
    fn usual_end(&self) -> Until {
        if self.kind == GatewayKind::Prologix {
            return Until::Timeout;
        }
        match self.settings.eor {
            0 => Until::Sequence(b"\r\n"),
            1 => Until::Character(b'\r'),
            2 => Until::Character(b'\n'),
            4 => Until::Sequence(b"\n\r"),
            5 => Until::Character(0x03),
            6 => Until::Sequence(b"\r\n\x03"),
            7 => Until::End,
            _ => Until::Timeout,
        }
    }

    async fn receive(&mut self, address: Pad, until: Until, outcome: &mut Outcome) {
        let patience = self.settings.patience();
        let received = self.bus.read(address, until, patience).await;
        let mut start = 0;
        for end in received.ends {
            outcome.out.extend(&received.bytes[start..end]);
            if self.settings.eot_enable == 1 {
                outcome.out.push(self.settings.eot_char);
            }
            start = end;
        }
        outcome.out.extend(&received.bytes[start..]);
        outcome.closes |= received.closes;
    }

    fn poll(&mut self, parameters: &Parameters<'_>, outcome: &mut Outcome) -> Result<(), Refused> {
        let prologix = self.kind == GatewayKind::Prologix;
        let mut targets = match &parameters.words[..] {
            [all] if !prologix && all.eq_ignore_ascii_case("all") => {
                self.poll_all(outcome);
                return Ok(());
            }
            _ => addresses(parameters, prologix)?,
        };
        if targets.is_empty() {
            targets.push(self.settings.address);
        }
        match &targets[..] {
            [one] => {
                if let Some(status) = self.bus.poll(*one) {
                    outcome.say(status.to_string());
                }
            }
            several if !prologix && several.len() <= 15 => self.poll_several(several, outcome),
            _ => return Err(Refused::Parameters),
        }
        Ok(())
    }

    /// Data for the instrument, and its answer where the box asks for it by itself.
    pub(super) async fn pass_on(&mut self, data: &[u8], goes_on: bool) -> Outcome {
        let mut outcome = Outcome::default();
        // As a device the box would keep it until somebody else's controller asks for it.
        if !self.settings.controller {
            return outcome;
        }
        if !goes_on && self.answers_itself(data, &mut outcome) {
            return outcome;
        }
        let address = self.settings.address;
        if goes_on {
            self.bus.write(address, data, false);
            return outcome;
        }
        let mut bytes = data.to_vec();
        bytes.extend(self.settings.terminator());
        self.bus.write(address, &bytes, self.settings.eoi == 1);
        if self.settings.auto == 1 || self.settings.auto == 2 && data.ends_with(b"?") {
            let until = match self.kind {
                GatewayKind::Prologix => Until::End,
                GatewayKind::Ar488 => self.usual_end(),
            };
            self.receive(address, until, &mut outcome).await;
        }
        outcome
    }
}

impl Parameters<'_> {
    /// Sets a number, or says it where none is given.
    pub(super) fn set<T>(
        &self,
        value: &mut T,
        accepted: std::ops::RangeInclusive<T>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused>
    where
        T: Copy + PartialOrd + std::str::FromStr + ToString,
    {
        match &self.words[..] {
            [] => outcome.say(value.to_string()),
            [word] => {
                let given = word.parse().ok().filter(|it| accepted.contains(it));
                *value = given.ok_or(Refused::Parameters)?;
            }
            _ => return Err(Refused::Parameters),
        }
        Ok(())
    }
}

fn end_of(word: &str) -> Result<Until, Refused> {
    if word.eq_ignore_ascii_case("eoi") {
        return Ok(Until::End);
    }
    word.parse().map(Until::Character).map_err(|_| Refused::Parameters)
}

/// Primary addresses, each perhaps with a secondary behind it, which is 96 or more.
fn addresses(parameters: &Parameters<'_>, prologix: bool) -> Result<Vec<Pad>, Refused> {
    let first = u8::from(!prologix);
    let mut found: Vec<Pad> = Vec::new();
    for word in &parameters.words {
        match word.parse::<u8>().map_err(|_| Refused::Parameters)? {
            primary if (first..=30).contains(&primary) => {
                found.push(Pad { primary, secondary: None });
            }
            secondary @ 96..=126 => match found.last_mut() {
                Some(pad @ Pad { secondary: None, .. }) => pad.secondary = Some(secondary),
                _ => return Err(Refused::Parameters),
            },
            _ => return Err(Refused::Parameters),
        }
    }
    Ok(found)
}
