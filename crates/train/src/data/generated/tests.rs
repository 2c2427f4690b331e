use super::*;

fn generated(task: Task, rows: usize, noise: f64, seed: u64) -> DataSet {
    Generated { task, rows, noise, seed }.data().unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    for task in Task::ALL {
        let of = |seed| generated(task, 200, 0.1, seed);
        assert_eq!(of(7), of(7), "{task:?}");
        assert_ne!(of(7).features, of(8).features, "{task:?}");
        assert_eq!(of(7).labels, of(8).labels, "{task:?}");
    }
}

#[test]
fn classes_differ_by_at_most_one_row() {
    for task in Task::ALL {
        for rows in [4, 5, 6, 7, 100, 101] {
            let data = generated(task, rows, 0.0, 1);
            let count = |class| data.labels.iter().filter(|&&it| it == class).count();
            let counts: Vec<_> = (0..task.classes().len()).map(count).collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "{task:?}: {counts:?}");
            assert_eq!(counts.iter().sum::<usize>(), rows);
        }
    }
}

#[test]
fn noise_moves_the_points_by_its_standard_deviation_and_keeps_their_classes() {
    for task in Task::ALL {
        let (clean, noisy) = (generated(task, 4000, 0.0, 3), generated(task, 4000, 0.25, 3));
        let twice = generated(task, 4000, 0.5, 3);
        assert_eq!(clean.labels, noisy.labels);
        let moved = (&noisy.features - &clean.features).mapv(f64::from);
        let (mean, sd) = (moved.mean().unwrap(), moved.std(0.0));
        // Five standard errors of 8000 draws; mirrored inputs repeat them with the other sign.
        assert!(mean.abs() < 0.25 * 0.056, "{task:?}: {mean}");
        assert!((sd / 0.25 - 1.0).abs() < 0.04, "{task:?}: {sd}");
        let further = (&twice.features - &clean.features).mapv(f64::from);
        assert!((further - 2.0 * moved).iter().all(|it| it.abs() < 1e-5), "{task:?}");
    }
}

#[test]
fn yin_yang_mirrors_its_noisy_coordinates() {
    let data = generated(Task::YinYang, 300, 0.05, 5);
    for row in data.features.rows() {
        assert!((row[0] + row[2] - 1.0).abs() < 1e-6 && (row[1] + row[3] - 1.0).abs() < 1e-6);
    }
    assert_eq!(data.class_names, ["yin", "yang", "dot"]);
}

#[test]
fn a_task_is_written_by_its_name_and_without_noise_unless_it_is_asked_for() {
    for task in Task::ALL {
        let text = format!("task = \"{}\"\nrows = 8\nseed = 1\n", task.name());
        let read: Generated = toml::from_str(&text).unwrap();
        assert_eq!(read, Generated { task, rows: 8, noise: 0.0, seed: 1 });
    }
}

#[test]
fn what_cannot_be_generated_is_refused_by_its_key() {
    let task = Task::Xor;
    let refusals = [
        (3, 0.0, 1, "data.rows = 3: accepted is a whole number from 4 to 1000000"),
        (4, -0.1, 1, "data.noise = -0.1: accepted is a number from 0 to 1000"),
        (4, f64::NAN, 1, "data.noise = NaN: accepted is a number from 0 to 1000"),
        (
            4,
            0.0,
            1 << 63,
            "data.seed = 9223372036854775808: accepted is a whole number from 0 to \
             9223372036854775807",
        ),
    ];
    for (rows, noise, seed, expected) in refusals {
        let refusal = Generated { task, rows, noise, seed }.data().unwrap_err();
        assert_eq!(refusal.to_string(), expected);
    }
}
