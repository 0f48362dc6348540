use jobs_core::files::write_atomic;
use serde_json::json;

use crate::args::ReportArgs;
use crate::best::best;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::replay_with_method;
use crate::output::show;
use crate::report;

/// `jobs report`
pub(super) fn run(args: &ReportArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let study = replay_with_method(loaded)?;
    let best = best(loaded, &study)?;
    let best = best.ok_or_else(|| Kind::Nothing.error("no run has a value yet; `jobs status` shows the progress"))?;
    let page = report::page(loaded, &study, &best)?;
    write_atomic(&args.out, page.as_bytes())?;
    let runs = study.history().runs().len();
    let value = json!({ "written": args.out, "bytes": page.len(), "runs": runs });
    show(json, &value, || format!("Written: {} ({runs} runs)\n", args.out.display()))
}
