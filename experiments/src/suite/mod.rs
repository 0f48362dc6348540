//! suite: every method on families of tasks of different kinds, each family counting the same.
//!
//! | file | what |
//! | --- | --- |
//! | `families.rs` | the families: where their tables are, and how long an early run is |
//! | `scores.rs` | scores of a method on a family, and over families |
//! | `words.rs` | the scores as a page |

mod families;
mod scores;
mod words;

use std::path::PathBuf;

use clap::Args;
use manifest::ManifestBuilder;

use self::families::{FAMILIES, Family};
use self::scores::{ScoreRow, scores};
use crate::comparison::args::RunArgs;
use crate::comparison::execute::rows_of;
use crate::comparison::results_folder::{results_folder, write};
use crate::comparison::row::ComparisonRow;
use crate::comparison::suite::{Suite, chosen_with_ablations, seeds, sorted_budgets};
use crate::comparison::table::to_csv;
use crate::nearest::unknown;
use crate::user_error::user;

/// The methods compared where none is named: the best of each kind.
const METHODS: &[&str] =
    &["jobs", "mf-ucb", "boca", "freeze-thaw", "bo-ucb", "bo-logei", "turbo", "tpe", "asha", "bohb", "random"];
/// What scores are relative to.
const REFERENCE: &str = "random";

/// Arguments of `suite`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments suite --data ../shared/data                        every family\n  experiments suite --family taskset,slimpajama --data DIR --methods jobs,freeze-thaw --seeds 10\n\nFinished cells are stored in OUT/FAMILY/cells and reused by the next run. Families whose tables are not there are skipped."
)]
pub struct SuiteArgs {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// Families, comma-separated [default: all]
    #[arg(long, value_delimiter = ',', value_name = "FAMILY,...")]
    pub family: Vec<String>,
    /// Folder that holds the recorded tables: taskset, slimpajama, steplaw, regmix and llama3-8b-lora/mixture_loss
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Budgets in full runs; a table is left out where fewer than two configurations are recorded for each full run
    #[arg(long, value_delimiter = ',', default_value = "30,10", value_name = "C,...")]
    pub full_runs: Vec<u64>,
    /// An early run as a share of a full one [default: as in the other comparisons, about a sixth]
    #[arg(long, value_name = "SHARE")]
    pub early_share: Option<f64>,
}

/// Runs it.
///
/// # Errors
/// A mistake in the arguments, or cells that failed.
pub fn run(mut args: SuiteArgs) -> anyhow::Result<()> {
    if args.run.smoke {
        (args.run.seeds, args.full_runs) = (2, vec![4]);
    }
    if args.run.methods.is_empty() {
        args.run.methods = METHODS.iter().map(|&m| m.to_owned()).collect();
    }
    if !args.run.methods.iter().any(|m| m == REFERENCE) {
        args.run.methods.push(REFERENCE.to_owned());
    }
    if let Some(share) = args.early_share.filter(|s| !(*s > 0.0 && *s < 1.0)) {
        return Err(user(format!("--early-share is {share}, expected a number between 0 and 1")));
    }
    let out = results_folder(&args.run, "suite");
    let families = chosen(&args.family)?;
    let methods: Vec<String> = chosen_with_ablations(&args.run.methods)?.iter().map(|m| m.name.to_owned()).collect();
    let mut manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "suite", "methods": &methods, "full_runs": &args.full_runs, "early_share": args.early_share,
        "seeds": seeds(&args.run, 0)?.collect::<Vec<_>>(), "families": families.iter().map(|f| f.name).collect::<Vec<_>>(),
        "algorithm_version": methods::ALGORITHM_VERSION,
    }));
    let (mut all, mut rows, mut failures) = (vec![], vec![], vec![]);
    for family in families {
        let Some((scored, own, failed)) = one(family, &args, &out.join(family.name), &manifest.commit())? else {
            eprintln!("{}: skipped, its tables are not there (--data)", family.name);
            continue;
        };
        all.extend(scored);
        rows.extend(own);
        failures.extend(failed);
    }
    write(&out, "suite.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&out, "families.csv", &to_csv(&all)?, &mut manifest)?;
    let page = words::page(&all, &methods);
    write(&out, "table.md", page.as_bytes(), &mut manifest)?;
    manifest.write(&out.join("manifest.json"))?;
    println!("{page}\nResults are in {}", out.display());
    match failures.as_slice() {
        [] => Ok(()),
        failed => anyhow::bail!("{} cells failed:\n  {}", failed.len(), failed.join("\n  ")),
    }
}

/// A final value: a row of `suite.csv`.
#[derive(Clone, Debug, serde::Serialize)]
struct FinalRow {
    family: &'static str,
    task: String,
    full_runs: u64,
    method: String,
    seed: u64,
    regret: f64,
}

type Scored = (Vec<ScoreRow>, Vec<FinalRow>, Vec<String>);

/// Runs one family at every budget; `None` where its tables are not there.
fn one(family: &Family, args: &SuiteArgs, out: &std::path::Path, commit: &str) -> anyhow::Result<Option<Scored>> {
    let (mut scored, mut finals, mut failures) = (vec![], vec![], vec![]);
    for full_runs in sorted_budgets(&args.full_runs) {
        let Some((mut tasks, early)) = family.tasks(args.data.as_deref(), args.early_share)? else { return Ok(None) };
        tasks.retain(|t| t.candidates.as_ref().is_none_or(|c| c.len() as u64 >= 2 * full_runs));
        if tasks.is_empty() {
            continue;
        }
        let mut suite = Suite {
            name: "suite",
            tasks,
            methods: chosen_with_ablations(&args.run.methods)?,
            budgets: vec![full_runs],
            early,
            seeds: seeds(&args.run, 0)?,
            out: out.to_owned(),
            compares: true,
            notes: serde_json::Value::Null,
        };
        eprintln!("{}: {} tasks, C = {full_runs}, early runs of {early}", family.name, suite.tasks.len());
        let (rows, failed) = rows_of(&mut suite, &args.run, commit)?;
        scored.extend(scores(family.name, &suite, &rows));
        finals.extend(last_of(family.name, &suite, &rows));
        failures.extend(failed);
    }
    Ok(Some((scored, finals, failures)))
}

/// The last row of every cell, as regret.
fn last_of(family: &'static str, suite: &Suite, rows: &[ComparisonRow]) -> Vec<FinalRow> {
    let same = |a: &ComparisonRow, b: &ComparisonRow| (&a.task, &a.method, a.seed) == (&b.task, &b.method, b.seed);
    let optimum = |task: &str| suite.tasks.iter().find(|t| t.name == task).map_or(0.0, |t| t.optimum);
    let last = rows.chunk_by(same).filter_map(<[ComparisonRow]>::last);
    let row = |r: &ComparisonRow| FinalRow {
        family,
        task: r.task.clone(),
        full_runs: r.full_runs,
        method: r.method.clone(),
        seed: r.seed,
        regret: r.oracle - optimum(&r.task),
    };
    last.map(row).collect()
}

/// The families of these names; all if none is given.
fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Family>> {
    let known: Vec<&str> = FAMILIES.iter().map(|f| f.name).collect();
    if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(user(unknown("family", name, &known)));
    }
    Ok(FAMILIES.iter().filter(|f| names.is_empty() || names.iter().any(|n| n == f.name)).collect())
}
