use budget::{Plan, RegretBound};
use jobs_core::Steps;
use methods::{find, scouting_runs};
use serde::Serialize;

use crate::failure::Kind;
use crate::output::show;
use crate::study_file::{Place, Promote};

/// Share of the budget for promotions, where the study file does not say.
const PROMOTE: f64 = 0.5;

/// What the study will do, and what the regret bound would.
#[derive(Serialize)]
struct View {
    method: String,
    settings: String,
    /// What the method `jobs` will do; absent for others.
    jobs: Option<Split>,
    bound: Plan,
}

/// Numbers of runs; how many go on to the end depends on what they show.
#[derive(Serialize)]
struct Split {
    /// Early runs of the design.
    scouts: u64,
    /// Early runs of the search, about.
    early_runs: u64,
    /// Early runs taken to the end, about.
    promoted: u64,
    /// Full runs kept back to verify.
    verify: u64,
}

/// `jobs plan`
pub(super) fn run(place: &Place, json: bool) -> anyhow::Result<()> {
    let (table, problem) = (&place.file.method, &place.problem);
    let verification_runs = u64::from(problem.budget.full_runs() > 1);
    let bound = RegretBound { verification_runs, ..RegretBound::default() };
    let view = View {
        method: table.name.clone(),
        settings: find(&table.name).map_or("", |m| m.settings).to_owned(),
        jobs: (table.name == "jobs").then(|| split(place)),
        bound: Plan::new(&bound, &problem.budget).map_err(|e| Kind::Input.says(e))?,
    };
    show(json, &view, || text(place, &view))
}

fn split(place: &Place) -> Split {
    let (table, budget) = (&place.file.method, &place.problem.budget);
    let verify = u64::from(table.verify.unwrap_or(true) && budget.full_runs() > 1);
    let share = match table.promote {
        Some(Promote::Share(share)) => share,
        Some(Promote::Word(_)) => 0.0,
        None => PROMOTE,
    };
    let scouts = scouting_runs(&place.problem);
    let rest_of_run = budget.full.saturating_sub(budget.early);
    // what verifies is the rest of an early run, like any promotion
    let promoted = (share * budget.total.as_f64() / rest_of_run.as_f64().max(1.0)) as u64;
    let kept = Steps(rest_of_run.0.saturating_mul(promoted + verify));
    let early = budget.total.saturating_sub(kept).0 / budget.early.0;
    Split { scouts, early_runs: early.saturating_sub(scouts), promoted, verify }
}

fn text(place: &Place, view: &View) -> String {
    let budget = &place.problem.budget;
    let (total, full, early) = (budget.total, budget.full, budget.early);
    let mut out = format!("Plan of {}: {total} steps with the method {}\n", place.name(), view.method);
    match &view.jobs {
        Some(split) if early < full => {
            out += &format!("  {:>4} early runs of {early} steps, spread over the space\n", split.scouts);
            out += &format!("  {:>4} or so more, where the search expects most\n", split.early_runs);
            out += &format!(
                "  {:>4} or so of all these are taken to step {full}, and teach how early losses foretell final ones\n",
                split.promoted
            );
            out += &format!("  {:>4} more at the end, to verify the best\n", split.verify);
            out +=
                "How many of each depends on what they show; where early losses tell nothing, full runs take over.\n";
        }
        _ => out += &format!("  {}\n", view.settings),
    }
    out + &format!("\nWhat the regret bound of the method as published would do with the same budget:\n{}", view.bound)
}
