//! regmix: pre-training mixtures of RegMix (Liu et al. 2024), with known losses and no learning curves.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jobs_core::run_table::RecordedRun;
use jobs_core::{Dimension, Domain, LearningCurve, RunTable, SearchSpace, Steps, Value};

use crate::comparison::args::RunArgs;
use crate::comparison::execute::execute;
use crate::comparison::results_folder::results_folder;
use crate::comparison::suite::{Suite, chosen_methods, seeds, sorted_budgets};
use crate::nearest::unknown;
use crate::tasks::Task;
use crate::user_error::user;
use methods::METHODS;

/// Arguments of `regmix`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments regmix --data regmix                                      all 13 domains\n  experiments regmix --data regmix --set test_60m,test_1B --domain pile_cc,github --budget-full-runs 15\n\nThere are no curves, so no early runs either: methods that need them are skipped, and jobs searches with full runs. The noise\nof a run is unknown: it cannot be separated from the differences between nearby mixtures."
)]
pub struct RegmixArgs {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// Folder with train_mixture_1m.csv, train_pile_loss_1m.csv and the like
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Which mixtures: train_1m (512), test_1m or test_60m (256), test_1B (64)
    #[arg(long, value_delimiter = ',', default_value = "train_1m", value_name = "SET,...")]
    pub set: Vec<String>,
    /// Domains whose validation loss is the target [default: all]
    #[arg(long, value_delimiter = ',', value_name = "DOMAIN,...")]
    pub domain: Vec<String>,
    /// Budgets in full runs
    #[arg(long, value_delimiter = ',', default_value = "25,15,10", value_name = "C,...")]
    pub budget_full_runs: Vec<u64>,
}

/// Runs it.
pub fn run(mut args: RegmixArgs) -> anyhow::Result<()> {
    if args.run.smoke {
        args.run.seeds = 2;
        args.budget_full_runs = vec![6];
    }
    let sets: Vec<&str> = args.set.iter().map(String::as_str).collect();
    let suite = Suite {
        name: "regmix",
        tasks: tasks(&args.data, &sets, &args.domain)?,
        methods: chosen_methods(METHODS, &args.run.methods)?,
        budgets: sorted_budgets(&args.budget_full_runs),
        early: Steps(1),
        seeds: seeds(&args.run, 0)?,
        out: results_folder(&args.run, "regmix"),
        compares: true,
        notes: serde_json::json!({"set": args.set}),
    };
    execute(suite, &args.run)
}

/// A task for each of these sets of mixtures and each domain, of all where none is named.
pub(crate) fn tasks(folder: &Path, sets: &[&str], domains: &[String]) -> anyhow::Result<Vec<Task>> {
    let tables = sets.iter().map(|set| tables(folder, set, domains)).collect::<anyhow::Result<Vec<_>>>()?;
    let task = |(name, table): &(String, RunTable)| {
        let losses: Vec<String> = table.runs.iter().map(|r| format!("{:?} {:?}", r.point.values(), r.curve)).collect();
        Ok(Task::recorded(name, table, losses.join("\n").as_bytes())?.0)
    };
    tables.iter().flatten().map(task).collect()
}

/// One table per domain, of all where none is named: mixture -> loss after the only "step" there is.
fn tables(folder: &Path, set: &str, domains: &[String]) -> anyhow::Result<Vec<(String, RunTable)>> {
    let (which, scale) = set.split_once('_').unwrap_or((set, ""));
    let mixtures = Columns::read(&folder.join(format!("{which}_mixture_{scale}.csv")), "train_the_pile_", "")?;
    let losses =
        Columns::read(&folder.join(format!("{which}_pile_loss_{scale}.csv")), "metric/the_pile_", "_val_loss")?;
    let parts = mixtures.names.clone();
    let dimension = Dimension { name: "mixture".into(), domain: Domain::Simplex { parts } };
    let space = SearchSpace::new(vec![dimension], vec![]).map_err(user)?;
    let known: Vec<&str> = losses.names.iter().map(String::as_str).collect();
    let mut tables = vec![];
    let domains = if domains.is_empty() { &losses.names } else { domains };
    for domain in domains {
        let column = losses.names.iter().position(|n| n == domain);
        let column = column.ok_or_else(|| user(unknown("domain", domain, &known)))?;
        let mut runs = vec![];
        for (id, shares) in &mixtures.rows {
            let Some(loss) = losses.find(id) else { continue };
            // shares are printed with three decimals and sum to 1 only about: the simplex asks for more
            let sum: f64 = shares.iter().sum();
            let shares = shares.iter().map(|s| s / sum).collect();
            let point = space.point(vec![Value::Simplex(shares)]).map_err(|e| user(format!("mixture {id}: {e}")))?;
            let curve = LearningCurve::from_pairs([(Steps(1), loss[column])])?;
            let (id, notes, extras) = (id.clone(), vec![], vec![]);
            runs.push(RecordedRun { id, point, notes, curve, extras, rows_after_divergence: 0 });
        }
        let metric = format!("{domain} validation loss");
        let (note_names, extra_metrics) = (vec![], vec![]);
        let table = RunTable { space: space.clone(), full_steps: Steps(1), metric, note_names, extra_metrics, runs };
        tables.push((format!("{set} {domain}"), table));
    }
    Ok(tables)
}

/// A CSV file of numbers by `index`.
struct Columns {
    names: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
    at: HashMap<String, usize>,
}

impl Columns {
    fn read(path: &Path, prefix: &str, suffix: &str) -> anyhow::Result<Self> {
        let wrong = |what: String| user(format!("{}: {what}", path.display()));
        let mut reader = csv::Reader::from_path(path).map_err(|e| wrong(e.to_string()))?;
        let header = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
        if header.get(0) != Some("index") {
            return Err(wrong(format!("the first column is `{}`, expected `index`", header.get(0).unwrap_or(""))));
        }
        let short = |n: &str| {
            let n = n.strip_prefix(prefix).unwrap_or(n);
            n.strip_suffix(suffix).unwrap_or(n).to_owned()
        };
        let names = header.iter().skip(1).map(short).collect();
        let mut rows = vec![];
        for (i, record) in reader.records().enumerate() {
            let record = record.map_err(|e| wrong(e.to_string()))?;
            let number = |cell: &str| {
                cell.parse::<f64>().map_err(|_| wrong(format!("line {}: `{cell}` is not a number", i + 2)))
            };
            let values = record.iter().skip(1).map(number).collect::<Result<_, _>>()?;
            rows.push((record.get(0).unwrap_or("").to_owned(), values));
        }
        let at = rows.iter().enumerate().map(|(i, (id, _))| (id.clone(), i)).collect();
        Ok(Self { names, rows, at })
    }

    fn find(&self, id: &str) -> Option<&[f64]> {
        self.at.get(id).map(|&i| self.rows[i].1.as_slice())
    }
}
