//! fig7: calibration of the surrogate: how often its central intervals contain the values of new full runs.

mod picture;
mod rows;

use self::picture::picture;
use self::rows::{ASKED, NOMINAL, Row, SEEN, ask};
use crate::figures::{FigureArgs, finish};
use crate::tasks::tasks;
use jobs_core::Seed;
use manifest::ManifestBuilder;
use statrs::distribution::{ContinuousCDF, Normal};

/// Runs and draws it.
pub fn run(args: &FigureArgs) -> anyhow::Result<()> {
    let out = args.folder("fig7")?;
    let seeds = if args.smoke { 1 } else { args.seeds };
    let manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "fig7", "seeds": (0..seeds).collect::<Vec<_>>(), "asked": ASKED, "full_runs": SEEN.map(|s| s.0),
    }));
    let mut rows = vec![];
    for task in tasks(&[], &[])?.iter().take(if args.smoke { 2 } else { 6 }) {
        for (n, _) in SEEN {
            let mut answers = vec![];
            for seed in 0..seeds {
                answers.extend(ask(task, n, Seed(seed))?);
            }
            let rmse = (answers.iter().map(|(p, y)| (p.mean - y).powi(2)).sum::<f64>() / answers.len() as f64).sqrt();
            for nominal in NOMINAL {
                let z = Normal::standard().inverse_cdf(0.5 + nominal / 2.0);
                let inside = answers.iter().filter(|(p, y)| (p.mean - y).abs() <= z * p.sd()).count();
                let covered = inside as f64 / answers.len() as f64;
                rows.push(Row { task: task.name.clone(), full_runs: n, nominal, covered, asked: answers.len(), rmse });
            }
        }
    }
    finish("fig7", &rows, &picture(&rows), "Calibration of the surrogate", &out, manifest)
}
