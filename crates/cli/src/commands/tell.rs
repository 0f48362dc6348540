use std::io::Read;
use std::path::Path;

use jobs::RunId;
use serde_json::json;

use super::tell_elsewhere;
use crate::args::TellArgs;
use crate::by_hand::{bad, tell};
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs tell`
pub(super) fn run(args: &TellArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let (first, second) = (args.run.as_deref(), args.file.as_deref());
    if let Some(configuration) = &args.configuration {
        if second.is_some() {
            return Err(bad(
                "with --configuration, `jobs tell` takes one file of results and no number of a run".into()
            ));
        }
        return tell_elsewhere::run(configuration, first.map(Path::new), loaded, as_json);
    }
    let number = first.unwrap_or_default();
    let number = number.parse().map_err(|_| {
        bad(format!(
            "`{number}` is no number of a run; `jobs tell --configuration FILE` records a run that was not asked for"
        ))
    })?;
    let (name, text) = read(second)?;
    let mut opened = open_for_writing(loaded)?;
    let run = RunId(number);
    let step = tell(loaded, &mut opened, run, &name, &text, args.seconds)?;
    let h = opened.study.history();
    let (used, total) = (h.spent(), h.problem().budget.total);
    show(as_json, &json!({ "run": run, "step": step, "budget_used": used, "spent": used, "total": total }), || {
        format!("run {run} recorded at step {step}; {used} of {total} steps used\n")
    })
}

/// The lines of a file or of standard input, with its name.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<(String, String)> {
    let mut text = String::new();
    match file {
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
