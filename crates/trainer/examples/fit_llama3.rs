//! Fits the six Llama-3-8B emulators from `../shared`.
use std::path::Path;

use jobs_core::{OutcomeTable, RunTable};
use trainer::emulator::{FitOptions, Source, fit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = Path::new("../shared/data/llama3-8b-lora");
    let out = std::env::args().nth(1).unwrap_or("crates/trainer/emulators/llama3-8b".into());
    let only: Vec<String> = std::env::args().skip(2).collect();
    for task in ["commonsense_qa", "gsm8k", "triviaqa", "truthfulqa_gen", "mmlu", "arc_challenge"] {
        if !only.is_empty() && !only.iter().any(|o| o == task) {
            continue;
        }
        let start = std::time::Instant::now();
        let folder = base.join("task_loss").join(task);
        let table = RunTable::read(&folder)?;
        let mut options = FitOptions::new(task);
        options.sources.push(Source::of_folder(&folder)?);
        let mut outcomes = vec![];
        let folder = base.join("task_loss_outcomes").join(task);
        if folder.exists() {
            options.sources.push(Source::of_folder(&folder)?);
            outcomes.push(OutcomeTable::read(&folder, &table.space, &table.metric)?);
        }
        options.upstream = Some("github.com/chenzhiliang94/Data-Mixing at commit 2f9198c5".into());
        let (emulator, report) = fit(&table, &outcomes, &options)?;
        emulator.save(&Path::new(&out).join(format!("{task}.json")))?;
        println!("{}\n{:.1?}", serde_json::to_string(&report)?, start.elapsed());
    }
    Ok(())
}
