//! fit-emulator: from recorded runs to an emulator file, with its quality in words and as a row of a CSV file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use emulator::{EmulatorError, FitOptions, FitReport, Source, fit};
use jobs_core::{OutcomeTable, RunTable, Seed};

use crate::files::write_atomic;
use crate::user_error::user;

/// Arguments of `fit-emulator`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  experiments fit-emulator --runs tables/gsm8k --outcomes outcomes/gsm8k --out gsm8k.json\n  experiments fig5 --emulator gsm8k.json"
)]
pub struct FitEmulatorArgs {
    /// Run table: folder with space.toml, runs.csv and curves.csv
    #[arg(long, value_name = "DIR")]
    pub runs: PathBuf,
    /// Outcome table of the same space: folder with runs.csv and outcomes.csv (may be given again)
    #[arg(long, value_name = "DIR")]
    pub outcomes: Vec<PathBuf>,
    /// The emulator file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Name of the task [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Seed of the fit
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Also write the fit's quality as a row of DIR/quality.csv (replaced if the task is there), with a manifest
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Repository and commit the table was derived from, for the provenance
    #[arg(long, value_name = "TEXT")]
    pub upstream: Option<String>,
}
use manifest::ManifestBuilder;

/// Fits, judges, writes.
pub fn run(args: &FitEmulatorArgs) -> anyhow::Result<()> {
    let table = RunTable::read(&args.runs).map_err(user)?;
    let read = |folder| OutcomeTable::read(folder, &table.space, &table.metric).map_err(user);
    let outcomes: Vec<OutcomeTable> = args.outcomes.iter().map(|f| read(f)).collect::<Result<_, _>>()?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => args.runs.canonicalize()?.file_name().map_or("task".into(), |n| n.to_string_lossy().into_owned()),
    };
    let mut options = FitOptions::new(&name);
    options.seed = Seed(args.seed);
    options.upstream.clone_from(&args.upstream);
    for folder in std::iter::once(&args.runs).chain(&args.outcomes) {
        options.sources.push(Source::of_folder(folder).map_err(user)?);
    }
    let settings = serde_json::json!({
        "experiment": "fit-emulator", "task": name, "seeds": [args.seed], "sources": options.sources,
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let (emulator, report) = fit(&table, &outcomes, &options).map_err(user)?;
    if let Some(folder) = args.out.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| user(format!("{}: {e}", folder.display())))?;
    }
    emulator.save(&args.out).map_err(|e: EmulatorError| user(e))?;
    manifest.file(&args.out)?;
    print!("{}", in_words(&report));
    println!("Emulator written to {}", args.out.display());
    if let Some(folder) = &args.report {
        std::fs::create_dir_all(folder).map_err(|e| user(format!("{}: {e}", folder.display())))?;
        let path = folder.join("quality.csv");
        let rows = with_row(&path, &report)?;
        write_atomic(&path, rows.as_bytes())?;
        manifest.file(&path)?;
        manifest.write(&folder.join(format!("{name}.manifest.json")))?;
    }
    Ok(())
}

const HEADER: [&str; 24] = [
    "task",
    "runs",
    "outcomes",
    "best_extrapolated",
    "diverged",
    "skipped",
    "held_out_protocol",
    "held_out_runs",
    "held_out_r2",
    "held_out_rmse",
    "held_out_spearman",
    "in_sample_r2",
    "noise_pairs",
    "noise_pair_sd",
    "noise_sd_at_best",
    "noise_sd_at_median",
    "rank_step",
    "rank_recorded_last",
    "rank_emulated_last",
    "rank_recorded_best",
    "rank_emulated_best",
    "rank_design_best",
    "optimum",
    "best_recorded",
];

fn row(r: &FitReport) -> Vec<String> {
    let f = |v: f64| format!("{v:.4}");
    let o = |v: Option<f64>| v.map_or(String::new(), f);
    vec![
        r.name.clone(),
        r.rows.runs.to_string(),
        r.rows.outcomes.to_string(),
        r.rows.best_extrapolated.to_string(),
        r.rows.diverged.to_string(),
        (r.rows.best_skipped + r.rows.outcomes_skipped).to_string(),
        r.held_out.protocol.clone(),
        r.held_out.runs.to_string(),
        f(r.held_out.r2),
        f(r.held_out.rmse),
        f(r.held_out.spearman),
        f(r.r2_in_sample),
        r.noise.pairs.to_string(),
        o(r.noise.pair_sd),
        f(r.noise.sd_at_best),
        f(r.noise.sd_at_median),
        r.ranks.step.to_string(),
        o(r.ranks.recorded_last),
        o(r.ranks.emulated_last),
        o(r.ranks.recorded_best),
        o(r.ranks.emulated_best),
        o(r.ranks.design_best),
        f(r.optimum.value),
        f(r.optimum.best_recorded),
    ]
}

/// The CSV at `path` with the task's row added or replaced, in order of task.
fn with_row(path: &Path, report: &FitReport) -> anyhow::Result<String> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if path.exists() {
        let mut reader = csv::Reader::from_path(path)?;
        if reader.headers()?.iter().eq(HEADER) {
            for record in reader.records() {
                let cells: Vec<String> = record?.iter().map(str::to_owned).collect();
                rows.insert(cells[0].clone(), cells);
            }
        }
    }
    rows.insert(report.name.clone(), row(report));
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(HEADER)?;
    for row in rows.values() {
        writer.write_record(row)?;
    }
    String::from_utf8(writer.into_inner().context("quality.csv")?).context("quality.csv")
}

fn in_words(r: &FitReport) -> String {
    let rank = |v: Option<f64>| v.map_or("n/a".into(), |v| format!("{v:.2}"));
    format!(
        "{}: {} runs, {} outcomes ({} runs extrapolated, {} skipped, {} diverged)\n\
         \x20 held out ({}): R2 {:.3}, RMSE {:.4}, Spearman {:.3} on {} runs; in sample R2 {:.3}\n\
         \x20 run-to-run noise: sd {:.4} near the best, {:.4} at the median, from {} near-duplicate pairs\n\
         \x20 rank correlation of the loss at step {} with the last: {} recorded, {} emulated; with the best: {} recorded, {} emulated\n\
         \x20 noise-free optimum {:.4}, best recorded {:.4}\n",
        r.name,
        r.rows.runs,
        r.rows.outcomes,
        r.rows.best_extrapolated,
        r.rows.best_skipped + r.rows.outcomes_skipped,
        r.rows.diverged,
        r.held_out.protocol,
        r.held_out.r2,
        r.held_out.rmse,
        r.held_out.spearman,
        r.held_out.runs,
        r.r2_in_sample,
        r.noise.sd_at_best,
        r.noise.sd_at_median,
        r.noise.pairs,
        r.ranks.step,
        rank(r.ranks.recorded_last),
        rank(r.ranks.emulated_last),
        rank(r.ranks.recorded_best),
        rank(r.ranks.emulated_best),
        r.optimum.value,
        r.optimum.best_recorded,
    )
}
