use jobs::{RunId, StudyError};
use serde_json::json;

use crate::args::SteerArgs;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// What is done with a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Steer {
    Skip,
    Fail,
    Pause,
    Resume,
}

/// `jobs skip`, `jobs fail`, `jobs pause` and `jobs resume`
pub(super) fn run(args: &SteerArgs, what: Steer, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    // a study without a run has none to decide about; opening it for writing would begin it
    read_history(loaded)?;
    let mut opened = open_for_writing(loaded)?;
    let (run, study) = (RunId(args.run), &mut opened.study);
    let done = match what {
        Steer::Skip => study.skip(run).map(|freed| {
            format!("run {run} skipped: its configuration is not tried again, and {freed} steps are free again")
        }),
        Steer::Fail => study.fail(run).map(|()| format!("run {run} failed: the search avoids its configuration")),
        Steer::Pause => study.set_held(run, true).map(|()| {
            format!("run {run} paused: it does not go on until `jobs resume {run}`; its steps stay reserved")
        }),
        Steer::Resume => study.set_held(run, false).map(|()| format!("run {run} resumed: `jobs run` continues it")),
    };
    let said = done.map_err(|e| match e {
        StudyError::History(e) => Kind::Input.error(e),
        other => Kind::Other.error(other),
    })?;
    opened.record()?;
    let h = opened.study.history();
    let (status, remaining) = (h.run(run).map(|r| r.status), h.remaining());
    let value = json!({ "run": run, "status": status, "held": h.is_held(run), "remaining": remaining });
    show(as_json, &value, || format!("{said}; {remaining} steps are left\n"))
}
