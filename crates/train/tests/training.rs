//! What holds whatever is learned: repeatability, plans, cancellation, absences, refusals.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::{convert::Infallible, error::Error, future, io, ops::ControlFlow};

use common::{SinhPair, iris, keep_on, recipe};
use ndarray::{Array2, ArrayView2};
use train::{
    Activated, Activation, Checkpoint, ConstantSlope, Event, FoldId, Network, Plan, Progress,
    Recipe, Software, Start, TrainError, Watch, cross_validate, stratified_folds, train_fold,
};

/// One repeat of 2 folds × 3 epochs.
fn short() -> Recipe {
    let mut recipe = recipe(1);
    recipe.training.epochs = 3;
    recipe.validation.folds = Some(2);
    recipe
}

/// Tanh, after `meddle` had its way with what it returns; it is told how many batches were before.
struct Meddled<F>(F, usize);

impl<F: FnMut(usize, &mut Activated) + Send> Activation for Meddled<F> {
    type Error = Infallible;

    async fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> Result<Activated, Infallible> {
        let mut activated = Software::Tanh.activate(layer, inputs).await?;
        (self.0)(self.1, &mut activated);
        self.1 += 1;
        Ok(activated)
    }
}

async fn refusal(meddle: impl FnMut(usize, &mut Activated) + Send) -> String {
    let mut activation = Meddled(meddle, 0);
    let found =
        cross_validate(&short(), &iris(), Progress::default(), &mut activation, &mut keep_on).await;
    found.unwrap_err().to_string()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let run = async |seed| {
        let mut recipe = short();
        recipe.validation.seed = seed;
        cross_validate(&recipe, &iris(), Progress::default(), &mut SinhPair::new(), &mut keep_on)
            .await
            .unwrap()
    };
    let (first, second, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(first, second);
    assert_ne!(first.folds[0].network, other.folds[0].network);
    assert_ne!(first.folds[0].rows, other.folds[0].rows);
}

#[tokio::test]
async fn ten_repeats_from_a_seed_are_five_from_it_and_five_from_five_later() {
    let run = async |repeats, seed| {
        let mut recipe = short();
        (recipe.validation.repeats, recipe.validation.seed) = (repeats, seed);
        cross_validate(&recipe, &iris(), Progress::default(), &mut Software::Tanh, &mut keep_on)
            .await
            .unwrap()
            .accuracies
    };
    assert_eq!(run(10, 1).await, [run(5, 1).await, run(5, 6).await].concat());
}

#[tokio::test]
async fn the_plan_counts_what_then_happens() {
    for test_every_epoch in [false, true] {
        let mut recipe = short();
        recipe.validation.repeats = 2;
        recipe.validation.folds = Some(4);
        recipe.validation.test_every_epoch = test_every_epoch;
        let plan = Plan::new(&recipe, &iris()).unwrap();
        let (mut batches, mut activations, mut folds, mut asked) = (0, 0, 0, 0);
        let mut count = |event| {
            match event {
                Event::Batch { activations: more, .. } => {
                    batches += 1;
                    activations += more;
                }
                Event::Epoch(epoch) => {
                    asked += epoch.slopes.asked;
                    assert_eq!(epoch.test_accuracy.is_some(), test_every_epoch || epoch.epoch == 2);
                }
                Event::Fold { .. } => folds += 1,
                _ => {}
            }
            ControlFlow::Continue(())
        };
        cross_validate(&recipe, &iris(), Progress::default(), &mut Software::Tanh, &mut count)
            .await
            .unwrap();
        assert_eq!(plan.train_batches + plan.test_batches, batches);
        assert_eq!(plan.activations(), activations);
        assert_eq!(plan.train_activations, asked);
        assert_eq!(plan.folds, folds);
    }
}

#[test]
fn the_shipped_experiment_asks_60_300_activations() {
    let plan = Plan::new(&recipe(1), &iris()).unwrap();
    assert_eq!((plan.train_activations, plan.test_activations), (60_000, 300));
    assert_eq!((plan.train_batches, plan.test_batches), (2000, 10));
}

#[test]
fn a_plan_that_cannot_be_carried_out_is_refused_beforehand() {
    let mut recipe = recipe(1);
    recipe.validation.folds = Some(51);
    let error = Plan::new(&recipe, &iris()).unwrap_err();
    assert!(matches!(error, TrainError::FewRows { folds: 51, class: 0, rows: 50 }));
    recipe.training.batch = 0;
    assert!(matches!(Plan::new(&recipe, &iris()), Err(TrainError::Config(_))));
}

#[tokio::test]
async fn a_break_ends_after_that_batch_and_returns_what_has_ended() {
    let recipe = recipe(2);
    let per_fold = Plan::new(&recipe, &iris()).unwrap();
    let per_fold = ((per_fold.train_batches + per_fold.test_batches) / per_fold.folds) as usize;
    // After the first batch; within the third fold; before, at and after the end of the sixth.
    for (batches, folds, repeats) in [
        (1, 0, 0),
        (2 * per_fold + 5, 2, 0),
        (6 * per_fold - 1, 5, 1),
        (6 * per_fold, 6, 1),
        (6 * per_fold + 1, 6, 1),
    ] {
        let mut asked = 0;
        let mut activation = Meddled(|_: usize, _: &mut Activated| asked += 1, 0);
        let mut stop = stop_after(batches);
        let found =
            cross_validate(&recipe, &iris(), Progress::default(), &mut activation, &mut stop)
                .await
                .unwrap();
        assert!(found.interrupted);
        assert_eq!((found.folds.len(), found.accuracies.len()), (folds, repeats));
        assert_eq!(found.mean().is_some(), repeats > 0);
        assert_eq!(found.confusion.iter().flatten().sum::<usize>(), 150 * repeats);
        assert_eq!(asked, batches, "nothing is activated after the break");
    }
}

/// Answers `Break` once, to the last of so many batches.
fn stop_after(batches: usize) -> impl FnMut(Event) -> ControlFlow<()> {
    let mut seen = 0;
    move |event| {
        let batch = matches!(event, Event::Batch { .. });
        seen += usize::from(batch);
        if batch && seen == batches { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::test]
async fn a_break_after_the_last_batch_interrupts_nothing() {
    let plan = Plan::new(&short(), &iris()).unwrap();
    let mut stop = stop_after((plan.train_batches + plan.test_batches) as usize);
    let found =
        cross_validate(&short(), &iris(), Progress::default(), &mut Software::Tanh, &mut stop)
            .await
            .unwrap();
    assert!(!found.interrupted);
    assert_eq!(found.accuracies.len(), 1);
}

#[tokio::test]
async fn absent_slopes_are_counted_and_carry_no_gradient() {
    let mut activation = Meddled(|_: usize, it: &mut Activated| it.slopes[[0, 1]] = f32::NAN, 0);
    let mut by_epoch = Vec::new();
    let mut note = |event| {
        if let Event::Epoch(epoch) = event {
            by_epoch.push(epoch.slopes.absent);
        }
        ControlFlow::Continue(())
    };
    let found = cross_validate(&short(), &iris(), Progress::default(), &mut activation, &mut note)
        .await
        .unwrap();
    // 75 rows in batches of 16 are 5 batches.
    assert_eq!(by_epoch, [5; 6]);
    assert_eq!((found.slopes.absent, found.slopes.asked), (30, 900));
    let weights = found.folds.iter().flat_map(|it| it.network.layers[0].weights.iter());
    assert!(weights.copied().all(f32::is_finite));

    let mut all_absent = Meddled(|_: usize, it: &mut Activated| it.slopes.fill(f32::NAN), 0);
    let mut all_zero = Meddled(|_: usize, it: &mut Activated| it.slopes.fill(0.0), 0);
    let absent =
        cross_validate(&short(), &iris(), Progress::default(), &mut all_absent, &mut keep_on)
            .await
            .unwrap();
    let zero = cross_validate(&short(), &iris(), Progress::default(), &mut all_zero, &mut keep_on)
        .await
        .unwrap();
    assert_eq!(absent.accuracies, zero.accuracies);
    assert_eq!((absent.slopes.absent, zero.slopes.absent), (900, 0));
}

#[tokio::test]
async fn nothing_is_trained_on_what_is_not_finite() {
    let value =
        refusal(|batch, it| it.values[[2, 0]] = if batch == 7 { f32::NAN } else { 0.5 }).await;
    assert_eq!(value, "repeat 0, fold 0, epoch 1, batch 2: the activation is not finite");
    let slope =
        refusal(|batch, it| it.slopes[[0, 1]] = if batch == 15 { f32::INFINITY } else { 1.0 });
    let expected = "repeat 0, fold 0, test after epoch 2, batch 0: the slope is not finite";
    assert_eq!(slope.await, expected);

    let mut diverging = short();
    diverging.training.learning_rate = 3e38;
    let mut activation = Meddled(|_: usize, it: &mut Activated| it.values.fill(0.5), 0);
    let found =
        cross_validate(&diverging, &iris(), Progress::default(), &mut activation, &mut keep_on)
            .await;
    let expected = "repeat 0, fold 0, epoch 0, batch 1: the pre-activation is not finite";
    assert_eq!(found.unwrap_err().to_string(), expected);
}

#[tokio::test]
async fn activations_of_another_shape_are_refused() {
    let found = refusal(|_, it| it.slopes = Array2::ones((3, 2))).await;
    let expected =
        "repeat 0, fold 0, epoch 0, batch 0: (16, 2) activations were asked for, (3, 2) came back";
    assert_eq!(found, expected);
}

/// A device that broke.
struct Broken;

impl Activation for Broken {
    type Error = io::Error;

    fn activate(
        &mut self,
        _: usize,
        _: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, io::Error>> + Send {
        future::ready(Err(io::Error::other("smoke")))
    }
}

#[tokio::test]
async fn a_failing_activation_is_named_with_its_place_and_its_reason() {
    let error = cross_validate(&short(), &iris(), Progress::default(), &mut Broken, &mut keep_on)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "repeat 0, fold 0, epoch 0, batch 0: the activation failed");
    assert_eq!(error.source().unwrap().to_string(), "smoke");
}

#[tokio::test]
async fn a_constant_slope_changes_the_slopes_inside_the_window_and_nothing_else() {
    let inputs = ndarray::arr2(&[[-3.0, 0.5], [1.0, 2.5]]);
    let expected = SinhPair::new().activate(0, inputs.view()).await.unwrap();
    let mut control = ConstantSlope::new(SinhPair::new(), 0.75);
    let found = control.activate(0, inputs.view()).await.unwrap();
    assert_eq!(found.values, expected.values);
    assert_eq!(found.slopes, ndarray::arr2(&[[0.0, 0.75], [0.75, 0.0]]));
}

#[tokio::test]
async fn a_single_fold_trains_like_the_same_fold_of_a_cross_validation() {
    let (recipe, data) = (short(), iris());
    let found =
        cross_validate(&recipe, &data, Progress::default(), &mut Software::Tanh, &mut keep_on)
            .await
            .unwrap();
    let folds = stratified_folds(&data.labels, 2, recipe.validation.seed_of(0)).unwrap();
    let id = FoldId { repeat: 0, fold: 1 };
    let alone =
        train_fold(&recipe, &data, &folds[1], id, None, &mut Software::Tanh, &mut keep_on).await;
    assert_eq!(alone.unwrap().as_ref(), Some(&found.folds[1]));
}

#[tokio::test]
async fn a_training_future_can_move_between_threads() {
    let run = async {
        cross_validate(&short(), &iris(), Progress::default(), &mut Software::Tanh, &mut keep_on)
            .await
            .map(|it| it.mean())
    };
    assert!(tokio::spawn(run).await.unwrap().unwrap().is_some());
}

/// Keeps what the first fold begins with.
struct First(Option<Network>);

impl Watch for First {
    fn event(&mut self, _: Event) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.0.get_or_insert_with(|| checkpoint.network.clone());
    }
}

#[tokio::test]
async fn a_start_is_what_a_fold_begins_with_and_changes_nothing_else() {
    let (mut recipe, data) = (short(), iris());
    let (mut first, mut tanh) = (First(None), Software::Tanh);
    let run = cross_validate(&recipe, &data, Progress::default(), &mut tanh, &mut first);
    let drawn = run.await.unwrap();
    let start = Start { network: first.0.unwrap(), scale: drawn.folds[0].scale.clone() };
    recipe.start = Some(start.clone());
    let (mut first, mut tanh) = (First(None), Software::Tanh);
    let run = cross_validate(&recipe, &data, Progress::default(), &mut tanh, &mut first);
    let started = run.await.unwrap();
    assert_eq!(first.0.as_ref(), Some(&start.network));
    assert_eq!(started.folds[0], drawn.folds[0]);
    assert_eq!(started.folds[1].scale, start.scale);
    assert_ne!(started.folds[1], drawn.folds[1]);

    recipe.network.hidden = vec![3];
    let error = Plan::new(&recipe, &data).unwrap_err();
    assert!(matches!(error, TrainError::StartShape { .. }));
    let expected = "the weights to begin with are of layers [4, 2, 3] wide: expected [4, 3, 3]";
    assert_eq!(error.to_string(), expected);
}
