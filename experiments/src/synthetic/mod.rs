//! synthetic: the advantage of joint over separate optimisation, by the strength of the interaction between data and model.

use clap::{Args, ValueEnum};
use emulator::synthetic::{Distraction, Synthetic};
use jobs_core::{Point, Steps};

use crate::comparison::args::RunArgs;
use crate::comparison::execute::execute;
use crate::comparison::results_folder::results_folder;
use crate::comparison::suite::{Suite, chosen_methods, seeds, sorted_budgets};
use crate::tasks::{Task, Truth};
use crate::user_error::user;
use methods::METHODS;

/// Arguments of `synthetic`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  experiments synthetic --interaction 0,0.5,1 --methods jobs,bo-ucb,data-then-model,alternating\n  experiments synthetic --interaction 0.5 --tell 0,1          uninformative and fully informative early losses"
)]
pub struct SyntheticArgs {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// Strengths of the interaction between mixture and model, 0 to 1, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "0,0.5,1", value_name = "K,...")]
    pub interaction: Vec<f64>,
    /// How informative early losses are about late ones, 0 to 1, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "1", value_name = "T,...")]
    pub tell: Vec<f64>,
    /// Distraction in early losses: a smooth wave over configurations, which can be learned, or independent noise per configuration,
    /// which cannot
    #[arg(long, value_enum, default_value = "wavy")]
    pub distraction: Distractions,
    /// Budgets in full runs
    #[arg(long, value_delimiter = ',', default_value = "15", value_name = "C,...")]
    pub full_runs: Vec<u64>,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
}

/// The kinds of distraction.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Distractions {
    /// A wave over configurations.
    Wavy,
    /// Each configuration's own.
    Rough,
}

impl Truth for Synthetic {
    fn value(&self, point: &Point) -> anyhow::Result<f64> {
        Ok(self.level(point))
    }
}

/// The task of this interaction and informativeness.
pub(crate) fn task(interaction: f64, tell: f64, distraction: Distractions) -> anyhow::Result<Task> {
    let task = Synthetic::new(interaction, tell).map_err(user)?;
    let (kind, task) = match distraction {
        Distractions::Wavy => ("", task),
        Distractions::Rough => (" rough", task.with(Distraction::Rough)),
    };
    let name = format!("interaction {interaction} tell {tell}{kind}");
    let defined_by = format!("synthetic 1 {interaction} {tell}{kind}");
    let truth = Box::new(task.clone());
    let task = Task::new(&name, Box::new(task), truth, Synthetic::OPTIMUM, defined_by.as_bytes());
    Ok(task.with_noise(Some(Synthetic::NOISE)))
}

/// Runs it.
pub fn run(mut args: SyntheticArgs) -> anyhow::Result<()> {
    if args.run.smoke {
        args.run.seeds = 2;
        args.full_runs = vec![6];
    }
    let mut tasks = vec![];
    for &k in &args.interaction {
        for &tell in &args.tell {
            for (what, value) in [("--interaction", k), ("--tell", tell)] {
                if !(0.0..=1.0).contains(&value) {
                    return Err(user(format!("{what} is {value}, expected a number between 0 and 1")));
                }
            }
            tasks.push(task(k, tell, args.distraction)?);
        }
    }
    let suite = Suite {
        name: "synthetic",
        tasks,
        methods: chosen_methods(METHODS, &args.run.methods)?,
        budgets: sorted_budgets(&args.full_runs),
        early: Steps(args.early),
        seeds: seeds(&args.run, 0)?,
        out: results_folder(&args.run, "synthetic"),
        compares: true,
        notes: serde_json::Value::Null,
    };
    execute(suite, &args.run)
}
