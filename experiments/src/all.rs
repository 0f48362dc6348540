//! all: every figure and table in turn, each with its own folder and manifest, then the report.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::report;
use crate::tasks::run_tables::tables_in;

/// Arguments of `all`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Finished cells are stored, so the same command resumes after an interruption. --shared adds the parts that need recorded runs:\n  experiments all --shared ../shared/data"
)]
pub struct AllArgs {
    /// Seeds of every comparison
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// Folder for the results, one below it for each part [default: results, with --smoke results/smoke]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Quick smoke run: under three minutes
    #[arg(long)]
    pub smoke: bool,
    /// Folder that holds llama3-8b-lora/task_loss and regmix, for the parts on recorded runs
    #[arg(long, value_name = "DIR")]
    pub shared: Option<PathBuf>,
    /// Cells computed in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// One part as a command line that can also be run on its own.
struct Part {
    name: &'static str,
    line: Vec<String>,
    /// The arguments that stand for `--smoke` where the part has no such flag.
    smoke: &'static str,
    /// Whether it takes --seeds, and --workers.
    takes: (bool, bool),
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// A part that needs no recorded runs, with all flags.
fn part(name: &'static str, line: &str) -> Part {
    Part { name, line: words(line), smoke: "--smoke", takes: (true, true) }
}

fn parts(args: &AllArgs) -> Vec<Part> {
    let separate = "jobs,bo-ucb,data-only,model-only,data-then-model,model-then-data,alternating";
    let mut parts = vec![
        Part { smoke: "--n 2,4 --full-runs 8 --tasks gsm8k --seeds 1", ..part("fig1", "fig1") },
        Part { takes: (false, false), ..part("fig2", "fig2") },
        part("fig5", "fig5 --full-runs 50,30,20,15,10"),
        part("fig5-ood", "fig5 --out-of-distribution --full-runs 20,10"),
        part("fig5-stories260k", "fig5 --source stories260k --early 80 --full-runs 20,10"),
        part("ablation", "ablation --full-runs 15"),
        part("synthetic", &format!("synthetic --methods {separate}")),
        part("fig6", "fig6"),
        part("fig7", "fig7"),
        Part { takes: (false, false), ..part("fig8", "fig8") },
        Part { smoke: "--n 6 --added 0,2 --tasks gsm8k --seeds 1", ..part("shift", "shift") },
    ];
    // scripts/source-studies makes the source studies
    let studies = Path::new("results/transfer");
    if !tables_in(studies).is_empty() {
        let line = "fig5 --full-runs 15,10 --methods jobs,bo-ucb,mf-ucb --transfer results/transfer";
        parts.push(part("fig5-transfer", line));
    }
    let Some(shared) = &args.shared else { return parts };
    let tables = shared.join("llama3-8b-lora/task_loss");
    let on = |line: &str, flag: &str, folder: &Path| {
        words(line).into_iter().chain([flag.to_owned(), folder.display().to_string()]).collect()
    };
    if !tables_in(&tables).is_empty() {
        let on_runs = |name, line, smoke, takes| Part { name, line: on(line, "--runs", &tables), smoke, takes };
        parts.push(on_runs("replay", "replay --budget-full-runs 50,20,10 --early 100", "--smoke", (true, true)));
        parts.push(on_runs("fig2-recorded", "fig2", "--smoke", (false, false)));
        parts.push(on_runs("fig3", "fig3", "", (false, false)));
        parts.push(on_runs("fig4", "fig4", "--n 4,8 --splits 2 --predictors ridge,kernel", (false, true)));
    }
    let regmix = shared.join("regmix");
    if regmix.exists() {
        parts.push(Part { line: on("regmix", "--data", &regmix), ..part("regmix", "") });
    }
    parts
}

/// Runs them with `run_line`, the command line of this program. A part that fails does not stop the others.
pub fn run(args: &AllArgs, run_line: &dyn Fn(&[String]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = if args.smoke { Path::new("results/smoke") } else { Path::new("results") };
    let out = args.out.clone().unwrap_or_else(|| folder.to_owned());
    let mut failed = vec![];
    for Part { name, mut line, smoke, takes } in parts(args) {
        let clock = Instant::now();
        line.insert(0, "experiments".to_owned());
        line.extend(["--out".to_owned(), out.join(name).display().to_string()]);
        if args.smoke {
            line.extend(words(smoke));
        }
        if takes.0 && !(args.smoke && smoke.contains("--seeds")) {
            line.extend(["--seeds".to_owned(), args.seeds.to_string()]);
        }
        if let (true, Some(workers)) = (takes.1, args.workers) {
            line.extend(["--workers".to_owned(), workers.to_string()]);
        }
        eprintln!("== {}", line.join(" "));
        if let Err(e) = run_line(&line) {
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
