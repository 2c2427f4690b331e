//! One instrument: link, identity, settings, error queue, rate.

use std::time::Duration;

use anyhow::Result;
use smu::{Instrument, Model, Settings, Smu, SmuError};
use transport::{LinkOptions, Resource, Session};

use super::report::{self, Outcome, Rate};
use crate::{commands::idn, reach::Reach, shutdown::Outputs};

/// How long `*IDN?` may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Round trips of which the median is shown.
const REPEATS: usize = 15;
/// Beyond this rate a serial line without flow control loses bytes (a 2400 says -363).
const FAST_BAUD: u32 = 9600;

/// An instrument of the bench, not yet connected.
pub struct Subject {
    pub reach: Reach,
    pub link: LinkOptions,
    pub model: Model,
    /// At least one.
    pub channels: Vec<Channel>,
}

/// A channel of it.
pub struct Channel {
    pub name: String,
    pub channel: usize,
    pub settings: Settings,
}

impl Subject {
    /// Tries everything that does not need another instrument; the outputs stay off. Returns, for
    /// each channel, what was found, and the configured channel if it is one.
    pub async fn check(mut self, outputs: &Outputs) -> Vec<(report::Subject, Option<Smu>)> {
        let channels = std::mem::take(&mut self.channels);
        let place = self.reach.resource.to_string();
        let report = |channel: &Channel| {
            let place = match channels.len() {
                1 => place.clone(),
                _ => format!("{place}, channel {}", channel.channel),
            };
            report::Subject::new(&channel.name, place)
        };
        let mut reports: Vec<_> = channels.iter().map(report).collect();
        let opened = self.open(&channels[0].name, &mut reports[0]).await;
        let mut checked = Vec::with_capacity(channels.len());
        for (at, (channel, mut report)) in channels.into_iter().zip(reports).enumerate() {
            let Some((instrument, round_trip)) = &opened else {
                let missing: &[_] =
                    if at == 0 { &[] } else { &["link", "identity", "settings", "error queue"] };
                missing.iter().for_each(|it| report.skip(it));
                checked.push((report, None));
                continue;
            };
            let smu =
                Smu::configure(&channel.name, instrument, channel.channel, channel.settings).await;
            match smu {
                Ok(smu) => {
                    if let Err(error) = outputs.watch(smu.kill_switch(), self.reach.clone()) {
                        report.add("guard", Outcome::Failed, format!("{error:#}"));
                        checked.push((report, None));
                        continue;
                    }
                    settled(&smu, *round_trip, &mut report);
                    checked.push((report, Some(smu)));
                }
                Err(error) => {
                    refused(&error, &mut report);
                    checked.push((report, None));
                }
            }
        }
        checked
    }

    /// The instrument, reset, and how long a question to it takes.
    async fn open(
        &self,
        name: &str,
        report: &mut report::Subject,
    ) -> Option<(Instrument, Duration)> {
        let session = match self.reach.open().await {
            Ok(session) => session,
            Err(error) => {
                let advice = advice_for_link(&self.reach.resource);
                report.advise("link", Outcome::Failed, format!("{error:#}"), advice);
                ["identity", "settings", "error queue"].into_iter().for_each(|it| report.skip(it));
                return None;
            }
        };
        report.add("link", Outcome::Passed, self.reach.resource.link());
        self.line(report);
        let round_trip = match self.identity(&session, report).await {
            Ok(round_trip) => round_trip,
            Err(error) => {
                let advice = advice_for_silence(&self.reach.resource);
                report.advise("identity", Outcome::Failed, format!("{error:#}"), advice);
                ["settings", "error queue"].into_iter().for_each(|it| report.skip(it));
                return None;
            }
        };
        let carries = self.reach.carries();
        let opened = Instrument::open_over(name, session, self.model.clone(), carries).await;
        match opened {
            Ok(instrument) => {
                for warning in instrument.firmware_warnings() {
                    report.add("firmware", Outcome::Warned, warning);
                }
                Some((instrument, round_trip))
            }
            Err(error) => {
                refused(&error, report);
                None
            }
        }
    }

    /// How a serial line is set.
    fn line(&self, report: &mut report::Subject) {
        if !matches!(self.reach.resource, Resource::Serial { .. }) {
            return;
        }
        let line = self.link.line();
        if self.link.flow.is_none() && self.link.baud.is_some_and(|it| it > FAST_BAUD) {
            let advice = "long lists overrun an instrument that cannot say stop: set flow = \"xon-xoff\" \
                          here and on the instrument";
            report.advise("serial line", Outcome::Warned, line, advice.to_owned());
        } else {
            report.add("serial line", Outcome::Passed, line);
        }
    }

    async fn identity(&self, session: &Session, report: &mut report::Subject) -> Result<Duration> {
        let identity = idn::identify(session, LIMIT).await?;
        let round_trip = idn::round_trip(session, REPEATS, LIMIT).await?;
        let found = format!("{}, {}, {}", identity.model, identity.serial, identity.firmware);
        if self.model.recognises(&identity) {
            report.add("identity", Outcome::Passed, found);
        } else {
            let advice = format!(
                "the bench says model = \"{}\"; memloop idn {} tells which model file fits",
                self.model.name(),
                self.reach.resource
            );
            report.advise("identity", Outcome::Failed, found, advice);
        }
        Ok(round_trip)
    }
}

/// What a configured instrument has shown.
fn settled(smu: &Smu, round_trip: Duration, report: &mut report::Subject) {
    let it = smu.read_back();
    let wires = if it.four_wire { "four" } else { "two" };
    let found = format!(
        "read back: source {}, sense {}, compliance {}, {} NPLC at {}, delay {}, {wires} wires",
        it.source_range, it.sense_range, it.compliance, it.nplc, it.line_frequency, it.source_delay
    );
    report.add("settings", Outcome::Passed, found);
    report.add("error queue", Outcome::Passed, "empty");
    let (point, trip) = (smu.seconds_per_point(), round_trip.as_secs_f64());
    report.set_rate(Rate {
        round_trip_seconds: trip,
        seconds_per_point: point,
        sweep_points_per_second: 1.0 / point,
        single_points_per_second: 1.0 / (point + trip),
    });
}

/// Where the set-up of an instrument failed.
fn refused(error: &SmuError, report: &mut report::Subject) {
    let found = chain(error);
    let rest = ["settings", "error queue"];
    match error {
        // It was told with the identity.
        SmuError::WrongIdentity { .. } => rest.into_iter().for_each(|it| report.skip(it)),
        SmuError::Reported { .. } => {
            let advice = "a setting was refused, or an entry was left by somebody else: the code is in \
                          the instrument's manual";
            report.skip("settings");
            report.advise("error queue", Outcome::Failed, found, advice.to_owned());
        }
        SmuError::ReadBack { .. } | SmuError::Setting { .. } => {
            let advice = "the instrument did not take what the bench's settings say: correct them, or \
                          take the instrument out of a local mode that locks it";
            report.advise("settings", Outcome::Failed, found, advice.to_owned());
            report.skip("error queue");
        }
        _ => {
            let advice = "the conversation broke off while the instrument was set up; \
                          --transcript FILE shows where";
            report.advise("settings", Outcome::Failed, found, advice.to_owned());
            report.skip("error queue");
        }
    }
}

/// An error with its sources.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

fn advice_for_silence(resource: &Resource) -> String {
    match resource {
        // A line opens whether anybody is at its other end or not.
        Resource::Serial { .. } | Resource::Gpib { .. } => advice_for_link(resource),
        _ => "something accepts the connection and does not answer *IDN?: is it the instrument, in its \
              SCPI language, and is nobody else talking to it?"
            .to_owned(),
    }
}

fn advice_for_link(resource: &Resource) -> String {
    match resource {
        Resource::Serial { .. } => {
            "check the cable (a 2400 wants a straight one), the port, and that baud, framing, flow and \
             terminator are the instrument's own (docs/links.md)"
        }
        Resource::Gpib { .. } => {
            "check the gateway with `memloop idn`, the primary address on the instrument's display, and \
             the cable"
        }
        Resource::Usb { .. } | Resource::UsbFile { .. } => {
            "check the cable, and that you may open the device (docs/links.md has the udev rule)"
        }
        Resource::Simulated { .. } => "correct its [simulated...] table",
        _ => "check the cable, the address on the instrument's display, and that no other program holds it",
    }
    .to_owned()
}
