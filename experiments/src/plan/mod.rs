//! plan: how many full runs a budget is worth, by the regret bound.

use std::io::Write;

use budget::{BoundModel, ErrorLaw, ErrorRole, Plan, RegretBound};
use clap::Args;
use jobs_core::{Budget, Steps};

use crate::user_error::user;

/// What `plan` takes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments plan --total 31250 --full 625 --early 100\n  experiments plan --total 50000 --full 1000 --early 100 --json > plan.json\n  experiments plan --total 9375 --full 625 --early 100 --error-scale 0.4 --misspecified\n\nThe constants are in units of the objective (nats per token); the defaults are those of recorded Llama-3-8B fine-tuning runs."
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
    /// V: full runs kept to verify the recommendation
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub verify: u64,
    /// B: RKHS norm of the objective
    #[arg(long, default_value_t = BoundModel::default().norm_bound, value_name = "LOSS")]
    pub norm_bound: f64,
    /// R0: standard deviation of a full run's loss over training seeds
    #[arg(long, default_value_t = BoundModel::default().noise_sd, value_name = "LOSS")]
    pub noise_sd: f64,
    /// a of the predictor's error a + k / sqrt(N)
    #[arg(long, default_value_t = ErrorLaw::RECORDED.floor, value_name = "LOSS")]
    pub error_floor: f64,
    /// k of the predictor's error
    #[arg(long, default_value_t = ErrorLaw::RECORDED.scale, value_name = "LOSS")]
    pub error_scale: f64,
    /// Chance that the bound fails
    #[arg(long, default_value_t = BoundModel::default().delta, value_name = "P")]
    pub delta: f64,
    /// Count the predictor's error as the same each time a point is asked, not as noise
    #[arg(long)]
    pub misspecified: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the plan.
pub fn run(args: &PlanArgs) -> anyhow::Result<()> {
    let budget = Budget { total: Steps(args.total), full: Steps(args.full), early: Steps(args.early) };
    let plan = Plan::new(&allocator(args), &budget).map_err(user)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&plan)?)?;
    } else {
        write!(out, "{plan}")?;
    }
    Ok(())
}

fn allocator(args: &PlanArgs) -> RegretBound {
    let role = if args.misspecified { ErrorRole::Misspecification } else { ErrorRole::Noise };
    let model = BoundModel {
        norm_bound: args.norm_bound,
        noise_sd: args.noise_sd,
        delta: args.delta,
        error: ErrorLaw::with_floor(args.error_floor, args.error_scale),
        role,
        ..BoundModel::default()
    };
    RegretBound { model, verification_runs: args.verify }
}
