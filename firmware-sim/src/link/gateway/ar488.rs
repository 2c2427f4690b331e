//! The commands that only an AR488 has (its manual, "Command Reference").

use super::{
    commands::{Controller, Outcome, Parameters, Refused},
    settings::{GatewayKind, Pad, Settings},
};

const VERSION: &str = "AR488 GPIB controller, ver. 0.51.09, 20/06/2022";

/// What it says of itself, by `++help`: P for a Prologix's command, C for one of its own.
const HELP: &[(&str, char, &str)] = &[
    ("addr", 'P', "Display or set the address of the instrument"),
    ("allspoll", 'C', "Serial poll of all instruments"),
    ("auto", 'P', "Read after every write, or after every query"),
    ("clr", 'P', "Selected Device Clear"),
    ("dcl", 'C', "Device Clear of all instruments"),
    ("default", 'C', "Settings as delivered"),
    ("eoi", 'P', "Assert EOI with the last byte"),
    ("eor", 'C', "What ends a read"),
    ("eos", 'P', "What is appended to data"),
    ("eot_char", 'P', "Character that shows EOI"),
    ("eot_enable", 'P', "Show EOI by a character"),
    ("fndl", 'C', "Find listeners"),
    ("help", 'P', "This"),
    ("id", 'C', "Name, serial number and version of the interface"),
    ("idn", 'C', "Answer *IDN? itself"),
    ("ifc", 'P', "Assert IFC"),
    ("llo", 'P', "Local lockout"),
    ("loc", 'P', "Go to local"),
    ("lon", 'P', "Listen only"),
    ("mode", 'P', "Controller or device"),
    ("ppoll", 'C', "Parallel poll"),
    ("read", 'P', "Read from the instrument"),
    ("read_tmo_ms", 'P', "How long a byte may take"),
    ("ren", 'C', "Assert REN"),
    ("rst", 'P', "Restart the interface"),
    ("savecfg", 'P', "Save the settings"),
    ("spoll", 'P', "Serial poll"),
    ("srq", 'P', "Whether SRQ is asserted"),
    ("srqauto", 'C', "Serial poll by itself when SRQ is asserted"),
    ("status", 'P', "Status byte in device mode"),
    ("tct", 'C', "Pass control"),
    ("trg", 'P', "Group Execute Trigger"),
    ("ver", 'P', "Version"),
    ("verbose", 'C', "Talk to people"),
    ("xdiag", 'C', "Bus diagnostics"),
];

impl Controller {
    pub(super) async fn own(
        &mut self,
        name: &str,
        parameters: &Parameters<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let settings = &mut self.settings;
        match name {
            "default" => *settings = Settings::of(GatewayKind::Ar488),
            "ver" => match &settings.version[..] {
                "" => outcome.say(VERSION),
                _ if parameters.text.eq_ignore_ascii_case("real") => outcome.say(VERSION),
                own => outcome.say(own),
            },
            "setvstr" => settings.version = beginning(parameters.text, 47),
            "verbose" => {
                settings.verbose = !settings.verbose;
                outcome.say(if settings.verbose { "Verbose: ON" } else { "Verbose: OFF" });
            }
            "help" => self.help(parameters, outcome)?,
            _ if !settings.controller => return Err(Refused::Unknown),
            "id" => self.identity(parameters, outcome)?,
            "idn" => parameters.set(&mut settings.idn, 0..=2, outcome)?,
            "eor" => parameters.set(&mut settings.eor, 0..=9, outcome)?,
            "ren" => parameters.set(&mut settings.ren, 0..=1, outcome)?,
            "srqauto" => parameters.set(&mut settings.srqauto, 0..=1, outcome)?,
            "dcl" => self.bus.clear_all(),
            "allspoll" | "aspoll" => self.poll_all(outcome),
            // No instrument here is configured to answer one.
            "ppoll" => outcome.say("0"),
            "fndl" => self.find_listeners(parameters, outcome)?,
            "tct" => match &parameters.words[..] {
                // Nobody takes it, and the interface is a device from now on.
                [word] if word.parse().is_ok_and(|it: u8| it <= 30) => settings.controller = false,
                _ => return Err(Refused::Parameters),
            },
            // Pins are not simulated; a driver must not rely on what it says.
            "xdiag" => {}
            _ => return Err(Refused::Unknown),
        }
        Ok(())
    }

    fn identity(
        &mut self,
        parameters: &Parameters<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let (what, value) = parameters.text.split_once(' ').unwrap_or((parameters.text, ""));
        let (stored, longest) = match what {
            "fwver" => {
                outcome.say(VERSION);
                return Ok(());
            }
            "name" => (&mut self.settings.name, 15),
            "serial" => (&mut self.settings.serial, 9),
            "verstr" => (&mut self.settings.version, 47),
            _ => return Err(Refused::Parameters),
        };
        match value.trim() {
            "" if stored.is_empty() => {}
            "" => outcome.say(stored.as_str()),
            value => *stored = beginning(value, longest),
        }
        Ok(())
    }

    fn help(&self, parameters: &Parameters<'_>, outcome: &mut Outcome) -> Result<(), Refused> {
        let wanted = parameters.text;
        let mut listed = HELP.iter().filter(|it| wanted.is_empty() || it.0 == wanted).peekable();
        if listed.peek().is_none() {
            return Err(Refused::Unknown);
        }
        listed.for_each(|(name, of, what)| outcome.say(format!("++{name}: [{of}] {what}")));
        Ok(())
    }

    fn find_listeners(
        &self,
        parameters: &Parameters<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refused> {
        let mut wanted = [false; 31];
        for word in &parameters.words {
            let (first, last) = match word.split_once('-') {
                _ if word.eq_ignore_ascii_case("all") => (0, 30),
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(word)?, number(word)?),
            };
            wanted.iter_mut().take(last.saturating_add(1)).skip(first).for_each(|it| *it = true);
        }
        let found = self.bus.listeners().filter(|it| wanted.get(usize::from(*it)) == Some(&true));
        outcome.say(found.map(|it| it.to_string()).collect::<Vec<_>>().join(","));
        Ok(())
    }

    /// Polls all.
    pub(super) fn poll_all(&mut self, outcome: &mut Outcome) {
        let all = self.bus.listeners().map(|primary| Pad { primary, secondary: None });
        let all: Vec<_> = all.collect();
        self.poll_several(&all, outcome);
    }

    /// Polls until one is found that asks for service.
    pub(super) fn poll_several(&mut self, several: &[Pad], outcome: &mut Outcome) {
        for pad in several {
            if let Some(status) = self.bus.poll(*pad).filter(|it| it & 64 != 0) {
                return outcome.say(format!("SRQ:{pad},{status}"));
            }
        }
    }

    /// `++srqauto`: what is said without being asked.
    pub(super) fn report_requests(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        if self.settings.srqauto == 1 && self.settings.controller {
            while self.bus.requests_service() {
                self.poll_all(&mut outcome);
            }
        }
        outcome
    }

    /// `++idn`: whether the interface answers instead of the instrument.
    pub(super) fn answers_itself(&self, data: &[u8], outcome: &mut Outcome) -> bool {
        let Settings { idn, name, serial, .. } = &self.settings;
        if *idn == 0 || !data.eq_ignore_ascii_case(b"*idn?") {
            return false;
        }
        match idn {
            1 => outcome.say(name),
            _ => outcome.say(format!("{name}-{serial}")),
        }
        true
    }
}

fn number(word: &str) -> Result<usize, Refused> {
    word.parse().map_err(|_| Refused::Parameters)
}

fn beginning(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}
