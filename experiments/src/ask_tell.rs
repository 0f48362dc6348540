//! ask-tell: an emulator behind standard input and output, one JSON object a line, for optimisers written in other languages.
//!
//! The first line written says what there is; then each line read asks for one run and each line written answers it:
//!
//! ```text
//! < {"task":"gsm8k","full_steps":625,"optimum":0.7888,"space":"[[dimension]] ..."}
//! > {"point":{"mixture":{"gsm8k":0.5,...},"lora_rank":8,...},"seed":3}
//! < {"steps":625,"value":0.91,"oracle":0.90,"curve":[[25,1.4],...]}
//! ```
//!
//! `steps` may be asked for below a full run; `value` is the lowest loss up to there, `oracle` the noise-free value of the full
//! run, for judging and not for the optimiser. A request that cannot be served is answered by `{"error":"..."}`.

use std::io::{BufRead, Write};

use clap::Args;
use jobs_core::{PointRecord, Seed, Steps};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tasks::{TARGET, Task, tasks};
use crate::user_error::user;

/// Arguments of `ask-tell`.
#[derive(Clone, Debug, Args)]
pub struct AskTellArgs {
    /// Which of the built-in emulators
    #[arg(long, value_name = "TASK")]
    pub task: String,
    /// An emulator file to use instead (see fit-emulator)
    #[arg(long, value_name = "FILE")]
    pub emulator: Option<std::path::PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    point: PointRecord,
    seed: u64,
    steps: Option<u64>,
}

/// Serves until standard input ends.
pub fn run(args: &AskTellArgs) -> anyhow::Result<()> {
    let files: Vec<_> = args.emulator.iter().cloned().collect();
    let task = tasks(std::slice::from_ref(&args.task), &files)?.into_iter().next();
    let task = task.ok_or_else(|| user("no such task"))?;
    serve(&task, std::io::stdin().lock(), std::io::stdout().lock())
}

fn serve(task: &Task, requests: impl BufRead, mut answers: impl Write) -> anyhow::Result<()> {
    let space = task.trainer.space().to_toml_string();
    let hello = json!({"task": task.name, "full_steps": task.full_steps(), "optimum": task.optimum, "space": space});
    writeln!(answers, "{hello}")?;
    answers.flush()?;
    for line in requests.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = answer(task, &line).unwrap_or_else(|e| json!({"error": format!("{e:#}")}));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(task: &Task, line: &str) -> anyhow::Result<Value> {
    let request: Request = serde_json::from_str(line)?;
    let point = task.trainer.space().point_from_record(&request.point)?;
    let mut run = task.trainer.start(&point, Seed(request.seed))?;
    run.advance_to(request.steps.map_or(task.full_steps(), Steps))?;
    let curve: Vec<(u64, f64)> = run.curve().iter().map(|(s, v)| (s.0, v)).collect();
    let value = TARGET.of(run.curve());
    Ok(json!({"steps": run.step(), "value": value, "oracle": task.oracle(&point)?, "curve": curve}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_served_and_bad_requests_answered() {
        let task = tasks(&["gsm8k".to_owned()], &[]).unwrap().remove(0);
        let point = task.trainer.space().design(1, Seed(1)).remove(0);
        let good = json!({"point": point.record(), "seed": 3, "steps": 100});
        let asked = format!("{good}\nnonsense\n{}\n", json!({"point": {"x": 1}, "seed": 0}));
        let mut out = vec![];
        serve(&task, asked.as_bytes(), &mut out).unwrap();
        let lines: Vec<Value> =
            String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!((&lines[0]["task"], lines[1]["curve"].as_array().unwrap().len()), (&json!("gsm8k"), 4));
        assert_eq!(lines[1]["oracle"].as_f64(), Some(task.oracle(&point).unwrap()));
        assert!(lines[2]["error"].is_string());
        assert!(lines[3]["error"].as_str().unwrap().contains("`x` is no dimension"), "{}", lines[3]);
    }
}
