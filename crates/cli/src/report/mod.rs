//! `jobs report`: one page that needs nothing else.

mod charts;
mod foresight;
mod importance;
mod page;
mod parallel;
mod view;

use jobs_core::files::write_atomic;
use serde_json::json;

use crate::args::ReportArgs;
use crate::failure::Kind;
use crate::open_study::replay_with_method;
use crate::output::show;
use crate::study_file::LoadedStudy;

/// `jobs report`
pub fn run(args: &ReportArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let study = replay_with_method(loaded)?;
    let best = study.best()?.ok_or_else(|| Kind::Nothing.says("no run has a value yet; see `jobs status`"))?;
    let view = view::View::of(loaded, &study, &best);
    let page = page::write(&view)?;
    write_atomic(&args.out, page.as_bytes())?;
    let value = json!({ "written": args.out, "bytes": page.len(), "runs": view.runs.len() });
    show(json, &value, || format!("Written: {} ({} runs)\n", args.out.display(), view.runs.len()))
}
