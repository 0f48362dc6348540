use jobs::external::Request;

use crate::args::AskArgs;
use crate::by_hand::{ask, nothing_to_ask, pending, request};
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_to_ask;
use crate::output::{show, value_text};

/// `jobs ask`
pub(super) fn run(args: &AskArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let mut opened = open_to_ask(loaded)?;
    let mut trials = vec![];
    if args.pending {
        trials = pending(&opened.study);
    } else {
        while trials.len() < args.count {
            let Some(trial) = ask(loaded, &mut opened)? else { break };
            trials.push(trial);
        }
    }
    if trials.is_empty() {
        return Err(if args.pending {
            Kind::Nothing.error("no run is pending")
        } else {
            nothing_to_ask(&opened.study)
        });
    }
    let requests: Vec<Request> =
        trials.iter().map(|t| request(loaded, &opened.study, t)).collect::<anyhow::Result<_>>()?;
    show(json, &requests, || requests.iter().map(text).collect())
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
