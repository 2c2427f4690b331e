//! What a run tells its guard: lines of JSON on the guard's standard input.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use smu::KillSwitch;
use transport::{GatewayEntry, LinkOptions, Resource};

use crate::reach::Reach;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// From now on this output may be on.
    Watch(Box<Order>),
    /// Where to write down what was done.
    Campaign(PathBuf),
    /// And of which run.
    Run(i64),
    /// All outputs are off: there is nothing to do.
    Dismissed,
}

/// An output, and how it is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The channel's name.
    pub name: String,
    /// Its instrument's address.
    pub resource: Resource,
    /// How the link is opened.
    pub link: LinkOptions,
    /// The gateway that leads to the address, where one does.
    pub gateway: Option<GatewayEntry>,
    /// Messages that are sent one after the other, none of which is answered.
    pub off: Vec<String>,
    /// The question that is answered by 0 once it is off.
    pub state: String,
}

impl Order {
    /// Of one output; `None` of an instrument that is simulated in this process, and ends with it.
    pub fn new(switch: &KillSwitch, reach: &Reach) -> Option<Order> {
        if let Resource::Simulated { .. } = reach.resource {
            return None;
        }
        let (off, state) = switch.messages();
        Some(Order {
            name: switch.name().to_owned(),
            resource: reach.resource.clone(),
            link: reach.link().clone(),
            gateway: reach.gateway(),
            off: off.map(str::to_owned).to_vec(),
            state: state.to_owned(),
        })
    }
}
