//! What a run does when an instrument is lost: its link is opened again by the bench's policy, people
//! are told, and the campaign hears of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use smu::{Comeback, Rescue};

use crate::{reach::Reach, shutdown::Stop};

/// What happened to the instruments of a run and is not in its campaign yet.
#[derive(Clone, Default)]
pub struct Logbook(Arc<Mutex<Vec<Note>>>);

/// Something that happened.
pub struct Note {
    /// When, s since 1970: what is written down waits until a batch is.
    pub at: f64,
    /// `link-lost`, `reconnected` or `power-cycled`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

impl Logbook {
    /// What was noted since the last time.
    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, kind: &'static str, text: String) {
        let at = SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |it| it.as_secs_f64());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Note { at, kind, text });
    }
}

/// What an instrument of a run is given: `reach` leads to it.
pub fn rescue(reach: Reach, stop: &Stop, logbook: &Logbook) -> Rescue {
    let (policy, logbook) = (reach.policy(), logbook.clone());
    Rescue {
        policy,
        open: Arc::new(move || {
            let reach = reach.clone();
            Box::pin(async move { reach.open_again().await })
        }),
        stop: stop.heard(),
        tell: Arc::new(move |event| tell(event, &logbook)),
    }
}

fn tell(event: &Comeback, logbook: &Logbook) {
    eprintln!("{event}");
    tracing::info!("{event}");
    let kind = match event {
        Comeback::Lost { .. } => "link-lost",
        Comeback::Unchanged { .. } => "reconnected",
        Comeback::PowerCycled { .. } => "power-cycled",
        // Every try is news for who waits, and none for who reads it a year later.
        _ => return,
    };
    logbook.note(kind, event.to_string());
}
