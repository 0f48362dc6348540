use jobs_core::Steps;
use serde_json::json;

use crate::args::ExtendArgs;
use crate::by_hand;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::more_budget::write_total;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs extend`
pub(super) fn run(args: &ExtendArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    if loaded.time_limit(1).is_some() {
        return Err(Kind::Input.error(format_args!(
            "{}: the budget is in hours; raise total_hours or total_gpu_hours there",
            loaded.path.display()
        )));
    }
    let (before, total) = (loaded.problem.budget.total, total(args, loaded)?);
    // a study without a run has no journal, and opening it for writing would begin it
    let left = if loaded.journal()?.exists() {
        extend(loaded, total)?
    } else {
        write_total(loaded, total)?;
        total
    };
    let value = json!({ "before": before, "total": total, "remaining": left });
    show(as_json, &value, || {
        format!(
            "total_steps in {} was {before}, and is now {total}; {left} steps are left. `jobs run` continues\n",
            loaded.path.display()
        )
    })
}

/// Steps in all, with what is added.
fn total(args: &ExtendArgs, loaded: &LoadedStudy) -> anyhow::Result<Steps> {
    let budget = &loaded.problem.budget;
    let (name, given, unit) = match (args.runs, args.steps) {
        (Some(runs), _) => ("--runs", runs, budget.full.0),
        (None, steps) => ("--steps", steps.unwrap_or(0), 1),
    };
    if given == 0 {
        return Err(Kind::Input.error(format_args!(
            "{name} is 0, expected at least 1; for less budget, lower `total_steps` in {}",
            loaded.path.display()
        )));
    }
    // TOML has no larger integers
    let total =
        given.checked_mul(unit).and_then(|more| more.checked_add(budget.total.0)).filter(|t| i64::try_from(*t).is_ok());
    total.map(Steps).ok_or_else(|| Kind::Input.error(format_args!("{name} is {given}, which is too large")))
}

/// Extends a study that has begun; the steps left.
fn extend(loaded: &LoadedStudy, total: Steps) -> anyhow::Result<Steps> {
    let mut opened = open_for_writing(loaded).map_err(|e| {
        if Kind::InUse.is(&e) {
            return Kind::InUse
                .error(format_args!("{e}; stop it (Ctrl-C keeps its checkpoints), extend, and run again"));
        }
        e
    })?;
    by_hand::extend(loaded, &mut opened, total)
}
