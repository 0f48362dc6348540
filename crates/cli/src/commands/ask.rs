use std::fs;

use anyhow::Context;
use jobs::external::Request;
use jobs::{Study, Trial};

use crate::args::AskArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_to_ask;
use crate::output::{show, value_text};
use crate::times::Times;

/// `jobs ask`
pub(super) fn run(args: &AskArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let mut opened = open_to_ask(loaded)?;
    let mut trials = vec![];
    if args.pending {
        trials = opened.study.history().pending_trials();
        trials.reverse();
    } else {
        while trials.len() < args.count {
            let Some(trial) = opened.study.ask()? else { break };
            opened.record.journal.append(opened.study.events()).map_err(|e| Kind::Disk.error(e))?;
            Times::of(loaded).note("ask", trial.run.0);
            trials.push(trial);
        }
    }
    if trials.is_empty() {
        let pending = opened.study.history().pending_trials().len();
        return Err(Kind::Nothing.error(match pending {
            0 if args.pending => "no run is pending".to_owned(),
            0 => "the budget is used; `jobs best` prints the result, `jobs extend` adds budget".to_owned(),
            n => format!("no new run until one of the {n} pending runs has a result (`jobs ask --pending` lists them, `jobs forget RUN` \
                         withdraws one)"),
        }));
    }
    let requests: Vec<Request> =
        trials.iter().map(|t| request(loaded, &opened.study, t)).collect::<anyhow::Result<_>>()?;
    show(json, &requests, || requests.iter().map(text).collect())
}

fn request(loaded: &LoadedStudy, study: &Study, trial: &Trial) -> anyhow::Result<Request> {
    let folder = loaded.runs()?.join("runs").join(format!("run-{:05}", trial.run.0)).join("checkpoint");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let full = study.history().problem().budget.full;
    Ok(Request::of(trial, full, loaded.metric(), folder, trial.from.0 > 0))
}

fn text(request: &Request) -> String {
    let from = if request.from.0 > 0 { format!("continue from step {}", request.from) } else { "train".to_owned() };
    let mut out = format!("run {}: {from} to step {}, seed {}\n", request.run, request.to, request.seed);
    for (name, value) in &request.configuration.0 {
        out += &format!("  {name}: {}\n", value_text(value));
    }
    out + &format!(
        "  checkpoint: {}\n  then: jobs tell {} < metrics.jsonl\n",
        request.checkpoint.display(),
        request.run
    )
}
