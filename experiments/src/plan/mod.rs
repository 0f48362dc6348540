//! plan: how many full runs a budget is worth, by the regret bound.

use std::io::Write;
use std::path::{Path, PathBuf};

use budget::{BoundModel, ErrorLaw, ErrorRole, Plan, RegretBound};
use clap::Args;
use jobs_core::{Budget, Seed, Steps};
use methods::{GivenConstants, PilotPlan};
use predictor::TwoScales;
use serde::Serialize;

use crate::predictor_eval::{TargetName, tables};
use crate::user_error::user;

/// Arguments of `plan`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments plan --total 31250 --full 625 --early 100\n  experiments plan --total 50000 --full 1000 --early 100 --json > plan.json\n  experiments plan --total 9375 --full 625 --early 100 --error-scale 0.4 --misspecified\n  experiments plan --total 31250 --full 625 --early 100 --runs my-pilot\n\nThe constants are in units of the objective (nats per token); the defaults are those of recorded Llama-3-8B fine-tuning runs\n(the error that of an earlier predictor: budget::ErrorLaw::RECORDED).\nWith --runs the predictor's error, the norm and (where a configuration was trained twice) the noise are measured on those runs."
)]
pub struct PlanArgs {
    /// C: training steps in all
    #[arg(long, value_name = "STEPS")]
    pub total: u64,
    /// B: steps of a full run
    #[arg(long, value_name = "STEPS")]
    pub full: u64,
    /// B_small: steps of an early run
    #[arg(long, value_name = "STEPS")]
    pub early: u64,
    /// V: full runs reserved to verify the recommendation
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub verify: u64,
    /// Full runs of your own to measure the constants on: a run table
    #[arg(long, value_name = "DIR", conflicts_with_all = ["error_floor", "error_scale"])]
    pub runs: Option<PathBuf>,
    /// The value of a run of --runs
    #[arg(long, value_enum, default_value_t = TargetName::Last)]
    pub target: TargetName,
    /// B: RKHS norm of the objective [default: 3, or measured on --runs]
    #[arg(long, value_name = "LOSS")]
    pub norm_bound: Option<f64>,
    /// R0: standard deviation of a full run's loss over training seeds [default: 0.015, or measured on --runs]
    #[arg(long, value_name = "LOSS")]
    pub noise_sd: Option<f64>,
    /// a of the predictor's error a + k / sqrt(N)
    #[arg(long, default_value_t = ErrorLaw::RECORDED.floor, value_name = "LOSS")]
    pub error_floor: f64,
    /// k of the predictor's error
    #[arg(long, default_value_t = ErrorLaw::RECORDED.scale, value_name = "LOSS")]
    pub error_scale: f64,
    /// Chance that the bound fails
    #[arg(long, default_value_t = BoundModel::default().delta, value_name = "P")]
    pub delta: f64,
    /// Count the predictor's error as a fixed bias of each configuration, not as noise
    #[arg(long)]
    pub misspecified: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the plan.
pub fn run(args: &PlanArgs) -> anyhow::Result<()> {
    let budget = Budget { total: Steps(args.total), full: Steps(args.full), early: Steps(args.early) };
    match &args.runs {
        Some(folder) => show(args, &measured(args, folder, &budget)?),
        None => show(args, &Plan::new(&allocator(args), &budget).map_err(user)?),
    }
}

fn show(args: &PlanArgs, plan: &(impl Serialize + std::fmt::Display)) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(plan)?)?;
    } else {
        write!(out, "{plan}")?;
    }
    Ok(())
}

/// The plan with constants from the full runs of a table.
fn measured(args: &PlanArgs, folder: &Path, budget: &Budget) -> anyhow::Result<PilotPlan> {
    let read = tables::read(&[folder.to_owned()], args.target.into(), "trial")?;
    let [table] = &read[..] else {
        return Err(user(format!("{}: {} run tables, expected one", folder.display(), read.len())));
    };
    if table.full_steps != budget.full {
        let there = table.full_steps;
        return Err(user(format!(
            "{}: a full run has {there} steps in this table, but --full is {}",
            folder.display(),
            args.full
        )));
    }
    let told = GivenConstants { norm_bound: args.norm_bound, noise_sd: args.noise_sd };
    let make = || Box::new(TwoScales::default()) as Box<dyn jobs_core::Predictor>;
    PilotPlan::new(&make, &table.recorded, budget, &allocator(args), told, Seed(0))
        .map_err(|e| user(format!("{}: {e}", folder.display())))
}

fn allocator(args: &PlanArgs) -> RegretBound {
    let role = if args.misspecified { ErrorRole::Misspecification } else { ErrorRole::Noise };
    let usual = BoundModel::default();
    let model = BoundModel {
        norm_bound: args.norm_bound.unwrap_or(usual.norm_bound),
        noise_sd: args.noise_sd.unwrap_or(usual.noise_sd),
        delta: args.delta,
        error: ErrorLaw::with_floor(args.error_floor, args.error_scale),
        role,
        ..usual
    };
    RegretBound { model, verification_runs: args.verify }
}
