//! Writes a suite's tables, pictures and manifest.

use std::collections::BTreeMap;
use std::io::Write;

use manifest::ManifestBuilder;

use super::suite::Suite;
use super::summary::{RankRow, SummaryRow};
use super::table::to_csv;
use crate::comparison::cell::Cell;
use crate::comparison::render::Fig5Meta;
use crate::comparison::row::ComparisonRow;
use crate::comparison::{render, summary};
use crate::files::write_atomic;
use methods::initial_early_runs;

/// Methods whose curves are drawn, and methods of the other pictures; the tables have all.
const CURVES: usize = 6;
const COMPARED: usize = 8;

/// Writes everything and prints the summary.
pub(super) fn write(
    suite: &Suite,
    rows: &[ComparisonRow],
    failed: usize,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    // real training has no known optimum, hence no regret
    let known = suite.tasks.iter().filter(|t| t.optimum.is_finite());
    let optima: BTreeMap<String, f64> = known.map(|t| (t.name.clone(), t.optimum)).collect();
    let (summary, mut files) = tables(suite, rows, &optima)?;
    if suite.compares {
        files.extend(pictures(suite, rows, optima)?);
    }
    for name in files {
        manifest.file(&suite.out.join(name))?;
    }
    manifest.write(&suite.out.join("manifest.json"))?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", summary::table(&summary))?;
    if failed > 0 {
        writeln!(stdout, "{failed} cells failed.")?;
    }
    writeln!(stdout, "Results are in {}", suite.out.display())?;
    Ok(())
}

/// Writes the tables, and the picture of wins, ties and losses; gives back the summary and the files.
fn tables(
    suite: &Suite,
    rows: &[ComparisonRow],
    optima: &BTreeMap<String, f64>,
) -> anyhow::Result<(Vec<SummaryRow>, Vec<String>)> {
    let (out, table) = (&suite.out, format!("{}.csv", suite.name));
    write_atomic(&out.join(&table), &to_csv(rows)?)?;
    let noise = suite.tasks.iter().filter_map(|t| Some((t.name.clone(), t.noise?))).collect();
    let summary = summary::summarise(rows, optima, &noise, full_steps(suite));
    let seeds = usize::try_from(suite.seeds.end - suite.seeds.start).unwrap_or(usize::MAX);
    let stages = summary::stages(rows, optima, seeds, full_steps(suite));
    let ranks = summary::rank(rows);
    summary::write_csv(&out.join("summary.csv"), &summary)?;
    summary::write_csv(&out.join("stages.csv"), &stages)?;
    summary::write_csv(&out.join("ranks.csv"), &ranks)?;
    // the rows of an ablation are variants of the baseline, not rivals
    let outcomes = if suite.compares { summary::win_tie_losses(&summary, &ranks, &stages) } else { vec![] };
    let words = outcomes.iter().map(|o| format!("\n{}", o.markdown()));
    let markdown: String = std::iter::once(summary::markdown(&summary)).chain(words).collect();
    write_atomic(&out.join("table.md"), markdown.as_bytes())?;
    let mut files = vec![table];
    files.extend(["summary.csv", "table.md", "stages.csv", "ranks.csv"].map(String::from));
    let compared = pictured(suite, &ranks, COMPARED);
    if render::win_tie_loss(&outcomes.iter().map(|o| o.among(&compared)).collect::<Vec<_>>(), out)? {
        files.push("win-tie-loss.svg".into());
    }
    Ok((summary, files))
}

/// Draws ranks and curves; gives back the files.
fn pictures(suite: &Suite, rows: &[ComparisonRow], optima: BTreeMap<String, f64>) -> anyhow::Result<Vec<String>> {
    let ranks = summary::rank(rows);
    let compared = pictured(suite, &ranks, COMPARED);
    let meta = Fig5Meta {
        tasks: suite.tasks.iter().map(|t| t.name.clone()).collect(),
        methods: pictured(suite, &ranks, CURVES),
        optima,
        full_steps: full_steps(suite),
        learning: learning(suite),
    };
    render::ranks(&ranks.into_iter().filter(|r| compared.contains(&r.method)).collect::<Vec<_>>(), &suite.out)?;
    render::fig5(rows, &meta, &suite.out)?;
    render::fig5_regret(rows, &meta, &suite.out)?;
    Ok(["fig5.svg", "fig5-regret.svg", "ranks.svg"].map(String::from).to_vec())
}

/// The methods that a picture of at most `most` shows.
fn pictured(suite: &Suite, ranks: &[RankRow], most: usize) -> Vec<String> {
    let methods: Vec<String> = suite.methods.iter().map(|m| m.name.to_owned()).collect();
    render::pictured(&methods, ranks, most)
}

fn full_steps(suite: &Suite) -> u64 {
    suite.tasks.first().map_or(0, |t| t.full_steps().0)
}

/// Steps of JoBS's initial early runs by budget, for the shading; empty if JoBS is not among the methods.
fn learning(suite: &Suite) -> BTreeMap<u64, u64> {
    let (Some(task), Some(method)) = (suite.tasks.first(), suite.methods.iter().find(|m| m.name == "jobs")) else {
        return BTreeMap::new();
    };
    let steps = |&full_runs: &u64| {
        let cell = Cell { task, full_runs, early: suite.early, method, seed: 0 };
        (full_runs, initial_early_runs(&cell.problem()) * suite.early.0)
    };
    suite.budgets.iter().map(steps).collect()
}
