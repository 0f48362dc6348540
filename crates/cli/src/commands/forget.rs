use jobs::{RunId, Status};
use serde_json::json;

use crate::args::ForgetArgs;
use crate::by_hand::forget;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs forget`
pub(super) fn run(args: &ForgetArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    // a study without a run has nothing to forget; opening it for writing would begin it
    read_history(loaded)?;
    let mut opened = open_for_writing(loaded)?;
    let run = RunId(args.run);
    let (status, freed) = forget(&mut opened, run)?;
    let h = opened.study.history();
    let (used, total) = (h.spent(), h.problem().budget.total);
    let value =
        json!({ "run": run, "was": status, "freed": freed, "budget_used": used, "spent": used, "total": total });
    show(as_json, &value, || {
        let trainer = if status == Status::Pending { ". If its trainer still runs, end it" } else { "" };
        format!(
            "run {run} withdrawn: it counts for nothing any more, and {freed} steps are free again; {used} of {total} steps used{trainer}\n"
        )
    })
}
