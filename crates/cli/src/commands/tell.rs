use std::io::Read;

use jobs::RunId;
use serde_json::json;

use crate::args::TellArgs;
use crate::by_hand::tell;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs tell`
pub(super) fn run(args: &TellArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let (name, text) = read(args)?;
    let mut opened = open_for_writing(loaded)?;
    let run = RunId(args.run);
    let step = tell(loaded, &mut opened, run, &name, &text)?;
    let h = opened.study.history();
    let (used, total) = (h.spent(), h.problem().budget.total);
    show(as_json, &json!({ "run": run, "step": step, "budget_used": used, "spent": used, "total": total }), || {
        format!("run {run} recorded at step {step}; {used} of {total} steps used\n")
    })
}

fn read(args: &TellArgs) -> anyhow::Result<(String, String)> {
    let mut text = String::new();
    match &args.file {
        Some(path) => {
            text = std::fs::read_to_string(path)
                .map_err(|e| Kind::Input.error(format_args!("{}: {e}", path.display())))?;
            Ok((path.display().to_string(), text))
        }
        None => {
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|e| Kind::Input.error(format_args!("standard input: {e}")))?;
            Ok(("standard input".into(), text))
        }
    }
}
