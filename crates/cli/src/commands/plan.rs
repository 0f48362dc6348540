use budget::{Plan, RegretBound};
use jobs_core::{Budget, LearningCurve, RunTable, Seed, Steps};
use methods::{GivenConstants, Measured, MethodEntry, PilotPlan, find};
use predictor::evaluate::Recorded;
use serde::Serialize;

use crate::args::PlanArgs;
use crate::choice::{jobs_settings, predictor};
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::output::show;
use crate::run_table::run_table;

/// The plan of the study, and that of the regret bound.
#[derive(Serialize)]
struct View {
    method: String,
    settings: String,
    /// The plan of the method `jobs`.
    jobs: Option<Split>,
    bound: Plan,
    /// Constants measured on full runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pilot: Option<Measured>,
}

/// Numbers of runs. All but the first are estimates.
#[derive(Serialize)]
struct Split {
    /// Initial early runs.
    initial_early_runs: u64,
    /// Early runs of the search.
    early_runs: u64,
    /// Promoted runs that reach the end.
    promoted: u64,
    /// Steps at which promoted runs pause.
    pauses: Vec<Steps>,
    /// Full runs reserved for verification.
    verify: u64,
}

/// `jobs plan`
pub(super) fn run(args: &PlanArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let (table, problem) = (&loaded.file.method, &loaded.problem);
    let verification_runs = u64::from(problem.budget.full_runs() > 1);
    let bound = RegretBound { verification_runs, ..RegretBound::default() };
    let (bound, pilot) = match full_runs(args, loaded)? {
        Some((recorded, from)) => {
            let make = {
                let table = table.clone();
                move || predictor(&table)
            };
            let made = PilotPlan::new(
                &make,
                &recorded,
                &problem.budget,
                &bound,
                GivenConstants::default(),
                Seed(loaded.file.seed),
            )
            .map_err(|e| Kind::Input.error(format_args!("{from}: {e}")))?;
            (made.plan, Some(made.pilot))
        }
        None => (Plan::new(&bound, &problem.budget).map_err(|e| Kind::Input.error(e))?, None),
    };
    let view = View {
        method: table.name.clone(),
        settings: find(&table.name).map(MethodEntry::describe).unwrap_or_default(),
        jobs: (table.name == "jobs").then(|| split(loaded)),
        bound,
        pilot,
    };
    show(json, &view, || text(loaded, &view))
}

/// The full runs to measure constants on, with their origin.
fn full_runs(args: &PlanArgs, loaded: &LoadedStudy) -> anyhow::Result<Option<(Recorded, String)>> {
    let (problem, path) = (&loaded.problem, loaded.path.display());
    let (mut table, from) = match &args.runs {
        Some(folder) => (RunTable::read(folder).map_err(|e| Kind::Input.error(e))?, folder.display().to_string()),
        None if args.measured => (run_table(loaded, &read_history(loaded)?), format!("the study {path}")),
        None => return Ok(None),
    };
    let (there, here) = (table.full_steps, problem.budget.full);
    if there != here {
        return Err(Kind::Input.error(format_args!("{from}: a full run has {there} steps there and {here} in {path}")));
    }
    for run in &mut table.runs {
        // a table holds metrics, the predictor uses losses
        let turned = run.curve.iter().map(|(s, v)| (s, loaded.direction.turn(v)));
        run.curve = LearningCurve::from_pairs(turned.chain(run.curve.diverged_at().map(|s| (s, f64::NAN))))?;
    }
    Ok(Some((Recorded::from_table(&table, problem.target, "trial"), from)))
}

fn split(loaded: &LoadedStudy) -> Split {
    let (settings, budget) = (jobs_settings(&loaded.file.method), &loaded.problem.budget);
    let verify = settings.verification_runs(budget);
    let (share, after) = (settings.options.promote.unwrap_or(0.0), settings.ablation.promote_after);
    let initial_early_runs = settings.ablation.initial_early_runs.count(&loaded.problem);
    let rest_of_run = budget.full.saturating_sub(budget.early);
    // verification promotes an early run, so it costs the rest of a run
    let shared = budget.total.saturating_sub(Steps(budget.early.0.saturating_mul(after)));
    let promoted = (share * shared.as_f64() / rest_of_run.as_f64().max(1.0)) as u64;
    let kept = Steps(rest_of_run.0.saturating_mul(promoted + verify));
    let early = budget.total.saturating_sub(kept).0 / budget.early.0;
    let early_runs = early.saturating_sub(initial_early_runs);
    let pauses = settings.ablation.levels.of(budget).split_off(1);
    Split { initial_early_runs, early_runs, promoted, pauses, verify }
}

fn text(loaded: &LoadedStudy, view: &View) -> String {
    let budget = &loaded.problem.budget;
    let (total, full, early) = (budget.total, budget.full, budget.early);
    let hours = loaded.time_limit(loaded.file.executor.workers).map(|limit| limit.seconds / 3600.0);
    let mut out = format!("Plan of {}: {total} steps with the method {}\n", loaded.name(), view.method);
    if let Some(hours) = hours {
        out += &format!(
            "  The budget is {hours} hours of all runs together. Once a run has ended, the steps follow from the pace of the runs.\n"
        );
    }
    match &view.jobs {
        Some(split) if early < full => out += &split.text(budget),
        _ => out += &format!("  {}\n", view.settings),
    }
    if view.method != "jobs-paper" && view.pilot.is_none() {
        return out
            + "The regret bound of the published method is not followed; `jobs plan --measured` shows its advice.\n";
    }
    out += "\nPlan of the published method (jobs-paper), from its regret bound and the same budget:\n";
    if let Some(pilot) = &view.pilot {
        out += &format!("{pilot}\n");
    }
    out + &view.bound.to_string()
}

impl Split {
    /// The numbers with what decides them.
    fn text(&self, budget: &Budget) -> String {
        let Budget { total, full, early } = *budget;
        let pauses: Vec<String> = self.pauses.iter().map(Steps::to_string).collect();
        let pauses = match pauses.as_slice() {
            [] => String::new(),
            some => format!(
                "       A promoted run pauses at {}; only while it is promising does it go on.\n",
                some.join(" and ")
            ),
        };
        let (promoted, tried) = (self.promoted, self.initial_early_runs + self.early_runs);
        format!(
            "  {:>4} initial early runs of {early} steps, spread over the space\n  \
             {:>4} more early runs, chosen by the search (estimate)\n  \
             {promoted:>4} of these, at most, promoted to {full} steps; they also train the predictor (estimate)\n{pauses}  \
             {:>4} more promoted at the end, to verify the best\n\
             The numbers depend on the results. If early losses are uninformative, the study starts full runs instead.\n\
             Why: these steps pay for {} full runs, or for a first look at about {tried} configurations. After the first early\n\
             runs, half of the steps go to new configurations and half to promotions: what is recommended was trained in full.\n",
            self.initial_early_runs,
            self.early_runs,
            self.verify,
            total.0 / full.0.max(1)
        )
    }
}
