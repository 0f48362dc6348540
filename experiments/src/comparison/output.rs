//! Writes a suite's tables, pictures and manifest.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use manifest::ManifestBuilder;

use super::suite::Suite;
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
    let mut csv = csv::Writer::from_writer(vec![]);
    for row in rows {
        csv.serialize(row)?;
    }
    let (out, table) = (&suite.out, format!("{}.csv", suite.name));
    write_atomic(&out.join(&table), &csv.into_inner().context("the table of results")?)?;
    let mut files = vec![table, "summary.csv".to_owned()];
    let optima: BTreeMap<String, f64> = suite.tasks.iter().map(|t| (t.name.clone(), t.optimum)).collect();
    let noise = suite.tasks.iter().filter_map(|t| Some((t.name.clone(), t.noise?))).collect();
    let full_steps = suite.tasks.first().map_or(0, |t| t.full_steps().0);
    let summary = summary::summarise(rows, &optima, &noise, full_steps);
    summary::write_csv(&out.join("summary.csv"), &summary)?;
    let seeds = usize::try_from(suite.seeds.end - suite.seeds.start).unwrap_or(usize::MAX);
    let stages = summary::stages(rows, &optima, seeds, full_steps);
    summary::write_csv(&out.join("stages.csv"), &stages)?;
    let ranks = summary::rank(rows);
    summary::write_csv(&out.join("ranks.csv"), &ranks)?;
    // the rows of an ablation are variants of the baseline, not rivals
    let win_tie_losses = if suite.compares { summary::win_tie_losses(&summary, &ranks, &stages) } else { vec![] };
    let words = win_tie_losses.iter().map(|s| format!("\n{}", s.markdown()));
    let table: String = std::iter::once(summary::markdown(&summary)).chain(words).collect();
    write_atomic(&out.join("table.md"), table.as_bytes())?;
    files.extend(["table.md", "stages.csv", "ranks.csv"].map(String::from));
    let methods: Vec<String> = suite.methods.iter().map(|m| m.name.to_owned()).collect();
    let compared = render::pictured(&methods, &ranks, COMPARED);
    if render::win_tie_loss(&win_tie_losses.iter().map(|s| s.among(&compared)).collect::<Vec<_>>(), out)? {
        files.extend(["win-tie-loss.svg", "win-tie-loss.png"].map(String::from));
    }
    if suite.compares {
        let ranked: Vec<_> = ranks.iter().filter(|r| compared.contains(&r.method)).cloned().collect();
        render::ranks(&ranked, out)?;
        let meta = Fig5Meta {
            tasks: suite.tasks.iter().map(|t| t.name.clone()).collect(),
            methods: render::pictured(&methods, &ranks, CURVES),
            optima,
            full_steps,
            learning: learning(suite),
        };
        render::fig5(rows, &meta, out)?;
        render::fig5_regret(rows, &meta, out)?;
        let pictures = ["fig5.svg", "fig5.png", "fig5-regret.svg", "fig5-regret.png", "ranks.svg", "ranks.png"];
        files.extend(pictures.map(String::from));
    }
    for name in files {
        manifest.file(&out.join(name))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", summary::table(&summary))?;
    if failed > 0 {
        writeln!(stdout, "{failed} cells failed.")?;
    }
    writeln!(stdout, "Results are in {}", out.display())?;
    Ok(())
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
