//! The simulator answers exactly what the golden transcripts hold.

use std::{fs, path::Path};

use crate::Bench;

#[test]
fn the_simulator_answers_exactly_what_the_transcripts_hold() {
    let transcripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts");
    let mut compared = 0;
    for model in ["keysight-b2902a", "keysight-b2911a", "keysight-b2912a"] {
        for entry in fs::read_dir(transcripts.join(model)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("# source: "), "{}", path.display());
            let mut bench = Bench::new(model);
            let mut reply = String::new();
            for (number, line) in text.lines().enumerate() {
                let place = format!("{}:{}", path.display(), number + 1);
                match line.split_at(2) {
                    ("# ", _) => {}
                    ("> ", message) => {
                        assert_eq!(reply, "", "{place}: an answer was not expected");
                        reply = String::from_utf8(bench.raw(message)).unwrap();
                    }
                    ("< ", answer) => {
                        assert_eq!(std::mem::take(&mut reply), format!("{answer}\n"), "{place}");
                        compared += 1;
                    }
                    _ => panic!("{place}: neither > nor <: {line}"),
                }
            }
            assert_eq!(reply, "", "{}: an answer after the end", path.display());
            assert!(!bench.instrument.output_is_on(), "{}", path.display());
        }
    }
    assert!(compared > 30, "only {compared} answers were compared");
}
