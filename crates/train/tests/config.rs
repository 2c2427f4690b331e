//! The experiment's tables: what is accepted, and how what is not is refused.

use train::{Recipe, Schedule};

const WHOLE: &str = "\
[network]
hidden = 2
init_scale = 0.3
[training]
epochs = 50
batch = 16
learning_rate = 0.1
schedule = \"cosine\"
weight_decay = 0.01
range_penalty = 3.0
[validation]
folds = 5
repeats = 10
seed = 1000
test_every_epoch = true
";

#[test]
fn the_tables_survive_a_round_trip() {
    let recipe: Recipe = toml::from_str(WHOLE).unwrap();
    assert_eq!(toml::from_str::<Recipe>(&toml::to_string(&recipe).unwrap()).unwrap(), recipe);
    let json = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe);
}

#[test]
fn the_schedule_is_cosine_and_the_test_fold_waits_unless_asked_otherwise() {
    let text =
        WHOLE.replace("schedule = \"cosine\"\n", "").replace("test_every_epoch = true\n", "");
    let recipe: Recipe = toml::from_str(&text).unwrap();
    assert_eq!(recipe.training.schedule, Schedule::Cosine);
    assert!(!recipe.validation.test_every_epoch);
}

#[test]
fn what_is_not_accepted_is_refused_by_its_key_and_says_what_would_be() {
    let count = "accepted is a whole number from 1 to 1000000";
    let refusals = [
        ("hidden = 2", "hidden = 0", format!("network.hidden = 0: {count}")),
        (
            "init_scale = 0.3",
            "init_scale = -1",
            "network.init_scale = -1: accepted is a number above 0".into(),
        ),
        ("epochs = 50", "epochs = 0", format!("training.epochs = 0: {count}")),
        ("epochs = 50", "epochs = 2000000", format!("training.epochs = 2000000: {count}")),
        (
            "epochs = 50",
            "epochs = 1.5",
            "invalid type: floating point `1.5`, expected usize".into(),
        ),
        ("batch = 16", "batch = 0", format!("training.batch = 0: {count}")),
        (
            "learning_rate = 0.1",
            "learning_rate = inf",
            "training.learning_rate = inf: accepted is a number above 0".into(),
        ),
        (
            "weight_decay = 0.01",
            "weight_decay = -0.01",
            "training.weight_decay = -0.01: accepted is 0 or a number above".into(),
        ),
        (
            "range_penalty = 3.0",
            "range_penalty = nan",
            "training.range_penalty = NaN: accepted is 0 or a number above".into(),
        ),
        (
            "schedule = \"cosine\"",
            "schedule = \"linear\"",
            "unknown variant `linear`, expected one of `cosine`, `constant`, `warm-up-cosine`, `step`"
                .into(),
        ),
        (
            "folds = 5",
            "folds = 1",
            "validation.folds = 1: accepted is a whole number from 2 to 1000000".into(),
        ),
        ("repeats = 10", "repeats = 0", format!("validation.repeats = 0: {count}")),
        (
            "seed = 1000",
            "sed = 1000",
            "unknown field `sed`, expected one of `folds`, `hold_out`, `repeats`, `seed`, `validate`, \
             `test_every_epoch`"
                .into(),
        ),
        (
            "hidden = 2",
            "hidden = \"two\"",
            "expected a whole number from 1 to 1000000, or a list of such".into(),
        ),
        ("hidden = 2", "hidden = [4, 0]", format!("network.hidden = 0: {count}")),
        (
            "hidden = 2",
            "hidden = []",
            "network.hidden = 0 layers: accepted is 1 to 100 hidden layers".into(),
        ),
        (
            "hidden = 2",
            "hidden = [2, 2, 2]\nactivation = [\"device\", \"tanh\"]",
            "network.activation = 2 activations for 3 hidden layers: accepted is one for all hidden \
             layers, or one for each"
                .into(),
        ),
        (
            "folds = 5",
            "folds = 5\nhold_out = 0.2",
            "validation.hold_out = a share beside folds: accepted is either folds or hold_out".into(),
        ),
        ("seed = 1000\n", "", "missing field `seed`".into()),
    ];
    for (before, after, expected) in refusals {
        assert!(WHOLE.contains(before));
        let error = toml::from_str::<Recipe>(&WHOLE.replace(before, after)).unwrap_err();
        assert_eq!(error.message(), expected);
        assert!(error.span().is_some(), "{expected}: the line is known");
    }
}
