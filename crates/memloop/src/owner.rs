//! Who writes a campaign: this process, or another.

use std::{
    env,
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime},
};

use campaign::{Campaign, CampaignError, Owner};

use crate::guard::is_alive;

/// How long a guard, or a process that is about to say who it is, is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// This process, as others are told of it.
pub fn this_process() -> Owner {
    let words: Vec<_> = env::args_os().skip(1).collect();
    let words = words.iter().map(|it| it.to_string_lossy());
    Owner {
        host: host(),
        command: ["memloop".into()].into_iter().chain(words).collect::<Vec<_>>().join(" "),
        since_utc: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        ..Owner::unnamed()
    }
}

/// Opens a campaign to write to it. The guard of a run that was killed is waited for: it lets go as soon
/// as outputs are off.
///
/// # Errors
/// Those of [`Campaign::open_as`].
pub fn open(path: &Path) -> Result<Campaign, CampaignError> {
    let began = Instant::now();
    loop {
        match Campaign::open_as(path, this_process()) {
            Err(CampaignError::Owned { owner, .. })
                if lets_go_soon(&owner) && began.elapsed() < PATIENCE =>
            {
                thread::sleep(PAUSE);
            }
            opened => return opened,
        }
    }
}

/// Whether it is a guard at work, or one that has not said so yet, or nobody who has said who it is.
fn lets_go_soon(owner: &Owner) -> bool {
    owner.pid == 0 || owner.is_a_guard() || (owner.host == host() && !is_alive(owner.pid))
}

/// The owner and its guard, for people; `None` where nobody writes.
pub fn sentence(path: &Path) -> Option<String> {
    let owner = Owner::now(path)?;
    let run = owner.run.map_or_else(String::new, |it| format!("run {it}: "));
    let guard = match owner.guard_pid {
        _ if owner.is_a_guard() => String::new(),
        None => "; no guard: nothing switches outputs off if it is killed".to_owned(),
        Some(pid) if owner.host == host() && !is_alive(pid) => {
            format!("; ITS GUARD, process {pid}, HAS DIED")
        }
        Some(pid) => format!("; guard: process {pid}"),
    };
    Some(format!("{run}written now by {owner}{guard}"))
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
