//! Prints what plan and estimate cost beside the sweep that they plan and evaluate: medians of rounds
//! in which all methods take turns, and their ratios, the only figures that mean anything.
//!
//! `cargo run --release -p memloop-gradient --example overhead`, against simulators in this process, or
//! with two TCP resources of running `firmware-sim` servers; `--rounds 41`, `--points 2500,101` and
//! `--methods forward,central` change how often, how much and which.

use std::{collections::VecDeque, env, error::Error, hint::black_box, time::Instant};

use gradient::{GradientConfig, Method, Monotonic, Opening, Pair, Plan, State};
use smu::{Model, Settings, Smu};
use transport::{LinkOptions, Links, Resource, Session, SessionOptions, StreamTransport};

type Failure = Box<dyn Error + Send + Sync>;

const SETTINGS: &str = r#"
    source_range = "2 V"
    sense_range = "100 uA"
    compliance = "105 uA"
    nplc = 0.01
    line_frequency = "50 Hz"
    source_delay = "0 s"
    four_wire = false
    window = ["-1 V", "1 V"]
    ramp = "100 V/s"
"#;

const DEVICES: [&str; 2] = [
    "device = { preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"0 %\" }",
    "device = { preset = \"liquid-sinh\", full_scale = \"63 uA\", memory = \"0 %\" }",
];

/// Asked levels are within ± this, V.
const MOST: f64 = 0.85;
/// V.
const WINDOW: [f64; 2] = [-MOST, MOST];

struct Arguments {
    rounds: usize,
    points: Vec<usize>,
    methods: Vec<Method>,
    resources: Vec<Resource>,
}

/// One method, and the seconds of its rounds.
struct Contender {
    config: GradientConfig,
    delta_v: f64,
    state: State,
    shots: usize,
    sweeps: Vec<f64>,
    plans: Vec<f64>,
    estimates: Vec<f64>,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Failure> {
    // As the program runs its commands: a task of its own, on threads for all.
    tokio::spawn(measure()).await?
}

async fn measure() -> Result<(), Failure> {
    let arguments = Arguments::parse(env::args().skip(1))?;
    let mut pair = open(&arguments.resources).await?;
    pair.output_on().await?;
    let columns = ["shots", "sweep us", "plan us", "estimate us", "plan %", "estimate %", "both %"];
    for points in &arguments.points {
        for (order, stride) in [("rising", 1), ("shuffled", 7919)] {
            println!("\n{points} {order} levels");
            print!("{:22}", "");
            columns.iter().for_each(|it| print!("{it:>13}"));
            println!();
            let levels: Vec<f64> = (0..*points).map(|it| level(it * stride, *points)).collect();
            for contender in compare(&mut pair, &levels, &arguments).await? {
                contender.print();
            }
        }
    }
    pair.output_off().await?;
    Ok(())
}

/// The levels of one period of `points`, a prime or a number without the stride's factors, differ.
fn level(index: usize, points: usize) -> f64 {
    MOST * (2.0 * (index % points) as f64 / (points - 1) as f64 - 1.0)
}

/// All methods, in turns.
async fn compare(
    pair: &mut Pair,
    levels: &[f64],
    arguments: &Arguments,
) -> Result<VecDeque<Contender>, Failure> {
    let mut contenders = VecDeque::new();
    for method in &arguments.methods {
        let config = format!("method = \"{method}\"\ndelta_v = \"20 mV\"");
        let config: GradientConfig = toml::from_str(&config)?;
        let shots = Opening::plan(&config, WINDOW, &pair.codes())?;
        let rows = pair.shoot(&shots).await?;
        let opening = Opening::learn(shots, rows, &config, WINDOW, &pair.codes())?;
        let (delta_v, state) = (opening.delta_v, opening.state(Monotonic::Unknown));
        let [sweeps, plans, estimates] = [const { Vec::new() }; 3];
        let contender = Contender { config, delta_v, state, shots: 0, sweeps, plans, estimates };
        contenders.push_back(contender);
    }
    // A first round makes the calibrations, and fills what is remembered.
    for round in 0..=arguments.rounds {
        for contender in &mut contenders {
            contender.turn(pair, levels, round > 0).await?;
        }
    }
    Ok(contenders)
}

impl Contender {
    async fn turn(&mut self, pair: &mut Pair, levels: &[f64], counts: bool) -> Result<(), Failure> {
        let (config, codes) = (&self.config, pair.codes());
        let begun = Instant::now();
        let due = self.state.due(config);
        let plan = Plan::after(due, black_box(levels), self.delta_v, config, &codes)?;
        let planned = Instant::now();
        let rows = pair.shoot(&plan.shots).await?;
        let shot = Instant::now();
        let batch = self.state.evaluate(plan, rows, config)?;
        let evaluated = Instant::now();
        let absent = batch.gradients.iter().filter(|it| it.didv.is_err()).count();
        if absent > 0 {
            return Err(format!("{}: {absent} slopes are absent", config.method).into());
        }
        if counts {
            self.shots = batch.plan.shots.len();
            self.plans.push((planned - begun).as_secs_f64());
            self.sweeps.push((shot - planned).as_secs_f64());
            self.estimates.push((evaluated - shot).as_secs_f64());
        }
        Ok(())
    }

    fn print(mut self) {
        let [sweep, plan, estimate] =
            [&mut self.sweeps, &mut self.plans, &mut self.estimates].map(|it| median(it));
        print!("{:22}{:>13}", self.config.method.name(), self.shots);
        [sweep, plan, estimate].iter().for_each(|it| print!("{:>13.1}", 1e6 * it));
        let shares = [plan, estimate, plan + estimate].map(|it| 100.0 * it / sweep);
        shares.iter().for_each(|it| print!("{it:>13.2}"));
        println!();
    }
}

fn median(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

async fn open(resources: &[Resource]) -> Result<Pair, Failure> {
    let sessions = match resources {
        [] => [simulated(0)?, simulated(1)?],
        [base, probe] => [connect(base).await?, connect(probe).await?],
        _ => return Err("no resource, or two".into()),
    };
    let settings: Settings = toml::from_str(SETTINGS)?;
    let model = Model::builtin("keithley-2400")?;
    let [base, probe] = sessions;
    let base = Smu::open("base", base, model.clone(), settings.clone()).await?;
    let probe = Smu::open("probe", probe, model, settings).await?;
    Ok(Pair::new("pair", base, probe, Monotonic::Unknown)?)
}

async fn connect(resource: &Resource) -> Result<Session, Failure> {
    let links = Links::default();
    Ok(links.open(resource, &LinkOptions::default(), SessionOptions::default()).await?)
}

fn simulated(seed: usize) -> Result<Session, Failure> {
    let config = format!("model = \"keithley-2400\"\nseed = {seed}\n{}", DEVICES[seed]);
    let mut instrument = firmware_sim::Instrument::new(&toml::from_str(&config)?)?;
    let (near, far) = tokio::io::duplex(1 << 18);
    tokio::spawn(async move { firmware_sim::serve(far, &mut instrument).await });
    Ok(Session::spawn(StreamTransport::new(near), SessionOptions::default()))
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
        let (mut rounds, mut points, mut resources) = (21, vec![2500, 101, 32], Vec::new());
        let mut methods = Method::ALL.to_vec();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => rounds = words.next().ok_or("--rounds 21")?.parse()?,
                "--points" => {
                    let list = words.next().ok_or("--points 2500,101,32")?;
                    points = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--methods" => {
                    let list = words.next().ok_or("--methods forward,central")?;
                    methods.retain(|it| list.split(',').any(|name| name == it.name()));
                }
                _ => resources.push(word.parse()?),
            }
        }
        Ok(Arguments { rounds, points, methods, resources })
    }
}
