//! The guard: a small process that switches outputs off when memloop dies without having done so.
//!
//! It is memloop itself, started with the run in a process group of its own. It hears of every output
//! before that can be on ([`Word`]), over a pipe whose other end memloop alone holds; while that is open
//! it does nothing. The end of the pipe without [`Word::Dismissed`] is memloop's death, whatever caused
//! it, and [`duty`] begins. A process that is stopped holds its pipe.

mod duty;
mod order;

use std::{
    env,
    fs::File,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use campaign::Ownership;

pub use self::{
    duty::{PATIENCE, stand},
    order::{Order, Word},
};

/// The subcommand that is the guard; people do not need it.
pub const SUBCOMMAND: &str = "guard";

/// The event of a run whose guard acted.
pub const ACTED: &str = "guard-acted";

/// How long a guard that was dismissed may take to end: it has nothing to do but that.
const DISMISSAL_LIMIT: Duration = Duration::from_secs(2);

/// Whether a run has a guard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guarding {
    /// As soon as an output of a real, or external, instrument may be on.
    On,
    /// `--no-guard`.
    #[default]
    Off,
}

/// A run's guard, once it needs one. Clones are the same.
#[derive(Clone, Default)]
pub struct GuardProcess(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    guarding: Guarding,
    ownership: Option<Arc<Ownership>>,
    campaign: Option<PathBuf>,
    process: Option<Process>,
}

struct Process {
    pid: u32,
    orders: ChildStdin,
    is_dismissed: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl GuardProcess {
    /// None yet.
    pub fn new(guarding: Guarding) -> GuardProcess {
        GuardProcess(Arc::new(Mutex::new(State { guarding, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run will write this campaign, which is its own. A guard holds it too, so that nobody
    /// begins a run on outputs that are still being switched off.
    pub fn owns(&self, ownership: Arc<Ownership>, campaign: &Path) {
        let mut state = self.state();
        state.campaign = std::path::absolute(campaign).ok();
        state.ownership = Some(ownership);
    }

    /// Tells the guard of an output that may be on from now on; starts it with the first.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn watch(&self, order: Order) -> Result<()> {
        let mut state = self.state();
        if state.guarding == Guarding::Off {
            return Ok(());
        }
        if state.process.is_none() {
            let process = state.start().context(
                "the guard, which switches outputs off should memloop be killed, cannot be started \
                 (--no-guard does without)",
            )?;
            state.process = Some(process);
        }
        state.say(&Word::Watch(Box::new(order)));
        Ok(())
    }

    /// A run has begun.
    pub fn begins(&self, run: i64) {
        let mut state = self.state();
        state.say(&Word::Run(run));
        state.describe(|owner| owner.run = Some(run));
    }

    /// All outputs are off. Returns when the guard has ended.
    pub fn dismiss(&self) {
        let mut state = self.state();
        state.say(&Word::Dismissed);
        if let Some(Process { orders, ended, .. }) = state.process.take() {
            drop(orders);
            if ended.recv_timeout(DISMISSAL_LIMIT).is_ok()
                && let Some(ownership) = &state.ownership
            {
                ownership.is_alone();
            }
        }
        state.ownership = None;
    }

    /// Some outputs may be on: the guard does its duty as soon as memloop has ended. Its process.
    pub fn leave(&self) -> Option<u32> {
        let state = self.state();
        let process = state.process.as_ref()?;
        process.is_dismissed.store(true, Ordering::Relaxed);
        Some(process.pid)
    }
}

impl State {
    fn start(&self) -> Result<Process> {
        let lock = match &self.ownership {
            Some(ownership) => Stdio::from(ownership.for_a_guard()?),
            None => Stdio::null(),
        };
        let mut command = Command::new(program());
        // Its standard output is the lock of the campaign: what it says goes elsewhere.
        command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(lock);
        // What the terminal or the shell sends to memloop's group is not for the guard.
        let mut child = command.process_group(0).current_dir("/").spawn()?;
        let orders = child.stdin.take().context("it has no pipe")?;
        let pid = child.id();
        let is_dismissed = Arc::new(AtomicBool::new(false));
        let ended = wait_for(child, Arc::clone(&is_dismissed));
        let mut process = Process { pid, orders, is_dismissed, ended };
        if let Some(campaign) = &self.campaign {
            process.say(&Word::Campaign(campaign.clone()));
        }
        self.describe(|owner| owner.guard_pid = Some(pid));
        Ok(process)
    }

    fn say(&mut self, word: &Word) {
        if let Some(process) = &mut self.process {
            process.say(word);
        }
    }

    /// Says more of the owner to those who ask; the run does not depend on it.
    fn describe(&self, change: impl FnOnce(&mut campaign::Owner)) {
        if let Some(ownership) = &self.ownership
            && let Err(error) = ownership.update(change)
        {
            tracing::debug!(%error, "the owner of the campaign cannot be described");
        }
    }
}

impl Process {
    fn say(&mut self, word: &Word) {
        if *word == Word::Dismissed {
            self.is_dismissed.store(true, Ordering::Relaxed);
        }
        let line = serde_json::to_string(word).unwrap_or_default() + "\n";
        // Whoever waits for it has told people that it has gone.
        let _ = self.orders.write_all(line.as_bytes());
    }
}

/// Waits for the guard's end, which is news where nobody asked for it.
fn wait_for(mut child: Child, is_dismissed: Arc<AtomicBool>) -> Receiver<()> {
    let (tell, ended) = channel();
    thread::spawn(move || {
        let pid = child.id();
        let status = child.wait();
        if !is_dismissed.load(Ordering::Relaxed) {
            let status = status.map_or_else(|it| it.to_string(), |it| it.to_string());
            let _ = writeln!(
                std::io::stderr(),
                "the guard (process {pid}) has ended ({status}): if memloop is killed now, outputs stay on"
            );
        }
        let _ = tell.send(());
    });
    ended
}

/// This program, also when its file was replaced since it was started.
fn program() -> PathBuf {
    let current = env::current_exe().ok().filter(|it| it.exists());
    current.unwrap_or_else(|| PathBuf::from("/proc/self/exe"))
}

/// What the guard was given in place of standard output.
fn lock() -> std::io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(std::io::stdout().as_fd().try_clone_to_owned()?))
}

/// Whether a process of this computer lives.
pub fn is_alive(pid: u32) -> bool {
    use rustix::{io::Errno, process};
    let pid = i32::try_from(pid).ok().and_then(process::Pid::from_raw);
    let asked = pid.map(process::test_kill_process);
    matches!(asked, Some(Ok(()) | Err(Errno::PERM)))
}

/// Takes what the guard would still say from the terminal, or from the pipe that waits for its end.
fn fall_silent() {
    if let Ok(nowhere) = File::options().write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stderr(&nowhere);
    }
}
