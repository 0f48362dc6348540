//! all: every figure and table one after another, each with its own folder and manifest, and the report at the end.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Parser};

use crate::cli::{Cli, Command};
use crate::{figures, report, suite};

/// What `all` takes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Finished cells are kept: stopped, the same command goes on. With --shared the parts that need recorded runs are made too:\n  experiments all --shared ../shared/data"
)]
pub struct AllArgs {
    /// Seeds of every comparison
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// Folder for the results, one below it for each part [default: results, with --smoke results/smoke]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Everything in small: under three minutes
    #[arg(long)]
    pub smoke: bool,
    /// Folder that holds llama3-8b-lora/task_loss and regmix, for the parts on recorded runs
    #[arg(long, value_name = "DIR")]
    pub shared: Option<PathBuf>,
    /// Cells computed side by side [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// The parts as command lines, so that each can be run alone in the same words.
fn parts(args: &AllArgs) -> Vec<(&'static str, Vec<String>)> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut parts = vec![
        ("fig2", words("fig2")),
        ("fig5", words("fig5 --full-runs 50,30,20,15,10")),
        ("ablation", words("ablation --full-runs 15")),
        (
            "synthetic",
            words("synthetic --methods jobs,bo-ucb,data-only,model-only,data-then-model,model-then-data,alternating"),
        ),
        ("fig6", words("fig6")),
        ("fig7", words("fig7")),
        ("fig8", words("fig8")),
    ];
    if let Some(shared) = &args.shared {
        let tables = shared.join("llama3-8b-lora/task_loss");
        let mut runs: Vec<PathBuf> = std::fs::read_dir(&tables)
            .map(|d| d.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.join("space.toml").exists()).collect())
            .unwrap_or_default();
        runs.sort();
        let each = runs.iter().flat_map(|r| ["--runs".to_owned(), r.display().to_string()]);
        if !runs.is_empty() {
            let replay = words("replay --budget-full-runs 50,20,10 --early 100").into_iter().chain(each.clone());
            parts.push(("replay", replay.collect()));
            parts.push(("fig2-recorded", words("fig2").into_iter().chain(each).collect()));
        }
        if shared.join("regmix").exists() {
            let data = shared.join("regmix").display().to_string();
            let regmix = words("regmix --domain pile_cc,github,arxiv --data").into_iter().chain([data]);
            parts.push(("regmix", regmix.collect()));
        }
    }
    parts
}

/// Runs them. A part that fails does not stop the others.
pub fn run(args: &AllArgs) -> anyhow::Result<()> {
    let folder = if args.smoke { Path::new("results/smoke") } else { Path::new("results") };
    let out = args.out.clone().unwrap_or_else(|| folder.to_owned());
    let mut failed = vec![];
    for (name, mut line) in parts(args) {
        let clock = Instant::now();
        line.insert(0, "experiments".to_owned());
        line.extend(["--out".to_owned(), out.join(name).display().to_string()]);
        line.extend(args.smoke.then(|| "--smoke".to_owned()));
        let takes_seeds = !name.starts_with("fig2") && name != "fig8";
        if takes_seeds {
            line.extend(["--seeds".to_owned(), args.seeds.to_string()]);
            line.extend(args.workers.iter().flat_map(|w| ["--workers".to_owned(), w.to_string()]));
        }
        eprintln!("== {}", line.join(" "));
        if let Err(e) = part(&line) {
            eprintln!("{name} failed: {e:#}");
            failed.push(name);
        }
        eprintln!("== {name}: {:.0} s", clock.elapsed().as_secs_f64());
    }
    let page = out.join("report.html");
    report::run(&report::ReportArgs { results: out, out: Some(page) })?;
    anyhow::ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

fn part(line: &[String]) -> anyhow::Result<()> {
    match Cli::try_parse_from(line)?.command {
        Command::Fig2(args) => figures::run_fig2(&args),
        Command::Fig5(args) => suite::run(args),
        Command::Ablation(args) => suite::run_ablation(args),
        Command::Synthetic(args) => suite::run_synthetic(args),
        Command::Fig6(args) => figures::run_fig6(&args),
        Command::Fig7(args) => figures::run_fig7(&args),
        Command::Fig8(args) => figures::run_fig8(&args),
        Command::Replay(args) => suite::run_replay(args),
        Command::Regmix(args) => suite::run_regmix(args),
        other => anyhow::bail!("{other:?} is no part of `all`"),
    }
}
