//! An instrument that loses any bytes of its replies, and is as late as it likes with the rest: what a
//! query gets holds only bytes of its own reply.

use std::time::Duration;

use proptest::prelude::*;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream},
    time::{sleep, timeout},
};
use transport::{Session, SessionError, SessionOptions, StreamTransport};

const LIMIT: Duration = Duration::from_millis(100);
const ALPHABET: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What becomes of one reply.
#[derive(Clone, Debug)]
struct Fate {
    /// Bytes that come, by their place counted in 64ths of the reply; the line feed is the last.
    from: usize,
    to: usize,
    /// In tenths of the limit.
    late: u32,
}

fn fate() -> impl Strategy<Value = Fate> {
    let whole = Just(Fate { from: 0, to: 64, late: 0 });
    let delay = prop_oneof![3 => Just(0_u32), 1 => 1_u32..9, 1 => 11_u32..60];
    let torn = (0_usize..=64, 0_usize..=64, delay.clone()).prop_map(|(one, other, late)| Fate {
        from: one.min(other),
        to: one.max(other),
        late,
    });
    let late = delay.clone().prop_map(|late| Fate { from: 0, to: 64, late });
    let endless = (1_usize..64, delay).prop_map(|(to, late)| Fate { from: 0, to, late });
    prop_oneof![8 => whole, 1 => Just(Fate { from: 0, to: 0, late: 0 }), 1 => torn, 1 => late, 1 => endless]
}

/// What the callers do next.
#[derive(Clone, Debug)]
enum Act {
    /// One asks for so many units, and gives up after so many tenths of the limit.
    One(usize, Option<u32>),
    /// Several ask at the same time.
    Several(usize),
    /// One asks many.
    Batch(usize),
    Write,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1_usize..4, proptest::option::weighted(0.2, 1_u32..9)).prop_map(|(units, patience)| Act::One(units, patience)),
        1 => (2_usize..5).prop_map(Act::Several),
        2 => (1_usize..20).prop_map(Act::Batch),
        1 => Just(Act::Write),
    ]
}

/// Answers a letter three times, and `*ESE?` with 33, as fate will have it.
async fn instrument(far: DuplexStream, fates: Vec<Fate>) {
    let mut far = BufReader::new(far);
    let mut fates = fates.iter().cycle();
    let mut line = String::new();
    while far.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let units = line.trim_end().split(';').filter(|unit| unit.ends_with('?'));
        let units: Vec<_> = units
            .map(|unit| if unit == "*ESE?" { "33".to_owned() } else { unit[..1].repeat(3) })
            .collect();
        line.clear();
        if units.is_empty() {
            continue;
        }
        let reply = units.join(";") + "\n";
        let Some(Fate { from, to, late }) = fates.next() else { return };
        sleep(LIMIT * *late / 10).await;
        let place = |part: usize| reply.len() * part / 64;
        if far.write_all(&reply.as_bytes()[place(*from)..place(*to)]).await.is_err() {
            return;
        }
    }
}

struct Bench {
    session: Session,
    fates: Vec<Fate>,
    options: SessionOptions,
    asked: usize,
}

impl Bench {
    fn connect(fates: &[Fate], options: &SessionOptions) -> Session {
        let (near, far) = tokio::io::duplex(1 << 16);
        tokio::spawn(instrument(far, fates.to_vec()));
        Session::spawn(StreamTransport::new(near), options.clone())
    }

    /// A message of so many units, all with one letter, and the letter. Every third asks what the
    /// session's own check asks.
    fn message(&mut self, units: usize) -> (String, u8) {
        let letter = ALPHABET[self.asked % ALPHABET.len()];
        self.asked += 1;
        if self.asked.is_multiple_of(3) {
            return (vec!["*ESE?"; units].join(";"), b'3');
        }
        (vec![format!("{}?", char::from(letter)); units].join(";"), letter)
    }

    fn hear(
        &mut self,
        answer: Result<Vec<u8>, SessionError>,
        letter: u8,
    ) -> Result<(), TestCaseError> {
        match answer {
            Ok(reply) => {
                let own = reply.iter().all(|byte| [letter, b';'].contains(byte));
                let reply = String::from_utf8_lossy(&reply);
                prop_assert!(own, "{reply} was given to {}", char::from(letter));
            }
            Err(SessionError::TimedOut { .. } | SessionError::Unattributed { .. }) => {}
            Err(SessionError::OutOfStep { .. } | SessionError::Unasked { .. }) => {
                self.session = Bench::connect(&self.fates, &self.options);
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
        Ok(())
    }

    async fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        let session = self.session.clone();
        match *act {
            Act::One(units, patience) => {
                let (message, letter) = self.message(units);
                let patience = patience.map_or(LIMIT * 1000, |tenths| LIMIT * tenths / 10);
                if let Ok(answer) = timeout(patience, session.query(&message, LIMIT)).await {
                    self.hear(answer, letter)?;
                }
            }
            Act::Several(callers) => {
                let asked: Vec<_> = (0..callers)
                    .map(|_| {
                        let (message, letter) = self.message(1);
                        let session = session.clone();
                        let asked = async move { session.query(&message, LIMIT).await };
                        (tokio::spawn(asked), letter)
                    })
                    .collect();
                for (answer, letter) in asked {
                    let answer = answer.await.map_err(|it| TestCaseError::fail(it.to_string()))?;
                    self.hear(answer, letter)?;
                }
            }
            Act::Batch(count) => {
                let asked: Vec<_> = (0..count).map(|it| self.message(1 + it % 2)).collect();
                let messages = asked.iter().map(|(message, _)| (message, LIMIT));
                let answers = session.query_all(messages).await;
                let answers = answers.map_err(|it| TestCaseError::fail(it.to_string()))?;
                for (answer, (_, letter)) in answers.into_iter().zip(asked) {
                    self.hear(answer, letter)?;
                }
            }
            Act::Write => {
                let written = session.write("W").await;
                written.map_err(|it| TestCaseError::fail(it.to_string()))?;
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_query_gets_only_bytes_of_its_own_reply(
        fates in proptest::collection::vec(fate(), 1..60),
        acts in proptest::collection::vec(act(), 1..40),
        depth in 1_usize..20,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|it| TestCaseError::fail(it.to_string()))?;
        let options = SessionOptions { depth, ..SessionOptions::default() };
        runtime.block_on(async {
            let session = Bench::connect(&fates, &options);
            let mut bench = Bench { session, fates, options, asked: 0 };
            for act in &acts {
                bench.act(act).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
