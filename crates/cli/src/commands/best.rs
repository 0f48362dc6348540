use crate::args::BestArgs;
use crate::best_configuration::BestConfiguration;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::replay_with_method;
use crate::output::{emit, say, show};
use crate::peft::Peft;
use crate::yaml;

/// `jobs best`
pub(super) fn run(args: &BestArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let study = replay_with_method(loaded)?;
    let best = BestConfiguration::of(loaded, &study)?;
    let best = best.ok_or_else(|| Kind::Nothing.error("no run has a value yet; `jobs status` shows the progress"))?;
    for notice in Peft::notices(&best.peft_undetermined, &loaded.path) {
        say(&format!("note: {notice}"));
    }
    if args.yaml {
        emit(&yaml::write(&serde_json::to_value(&best)?))?;
    } else {
        show(json, &best, || best.text())?;
    }
    if best.is_infeasible() { Err(Kind::Infeasible.error("no run satisfies all constraints")) } else { Ok(()) }
}
