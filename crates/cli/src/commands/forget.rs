use jobs::{RunId, Status};
use serde_json::json;

use crate::args::ForgetArgs;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs forget`
pub(super) fn run(args: &ForgetArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    // a study without a run has nothing to forget; opening it for writing would begin it
    read_history(loaded)?;
    let mut opened = open_for_writing(loaded)?;
    let (run, bad) = (RunId(args.run), |problem: String| Kind::Input.error(problem));
    let history = opened.study.history();
    let status = history.run(run).map(|r| r.status).ok_or_else(|| {
        let runs = history.runs().len();
        bad(format!(
            "there is no run {run}; the study has {runs} runs, numbered from 0 (`jobs status --all` lists them)"
        ))
    })?;
    if status == Status::Withdrawn {
        return Err(bad(format!("run {run} was withdrawn before")));
    }
    let freed = opened.study.forget(run)?;
    opened.record.journal.append(opened.study.events()).map_err(|e| Kind::Disk.error(e))?;
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
