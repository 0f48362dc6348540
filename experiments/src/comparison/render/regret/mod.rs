//! Mean validation loss, or regret, of the recommendation against the training steps used.

mod cell;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plot::style::{INK, LABEL_SIZE, SHADE, TITLE_SIZE, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, save};

use self::cell::Cell;
use crate::comparison::row::ComparisonRow;

const OPTIMUM: Stroke<'static> = Stroke { colour: INK, width: 1.0, dash: &[4.0, 3.0] };

/// What the figure needs in addition to the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Fig5Meta {
    /// Tasks, in the order of columns.
    pub tasks: Vec<String>,
    /// Methods, in the order of the legend; the first are drawn on top.
    pub methods: Vec<String>,
    /// Lowest value known, by task.
    pub optima: BTreeMap<String, f64>,
    /// Steps of a full run.
    pub full_steps: u64,
    /// Steps of the initial early runs, by budget in full runs.
    pub learning: BTreeMap<u64, u64>,
}

/// What the y axis shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fig5Y {
    /// Validation loss; the optimum as a line.
    Loss,
    /// Loss above the optimum, on a logarithmic scale.
    Regret,
}

/// Draws `fig5.svg` into a folder.
///
/// # Errors
/// If a file cannot be written.
pub fn fig5(rows: &[ComparisonRow], meta: &Fig5Meta, folder: &Path) -> anyhow::Result<()> {
    Ok(save(&fig5_picture(rows, meta, Fig5Y::Loss), "Validation loss against training steps", folder, "fig5")?)
}

/// Draws the same as regret on a logarithmic scale: `fig5-regret.svg`.
///
/// # Errors
/// If a file cannot be written.
pub fn fig5_regret(rows: &[ComparisonRow], meta: &Fig5Meta, folder: &Path) -> anyhow::Result<()> {
    Ok(save(&fig5_picture(rows, meta, Fig5Y::Regret), "Regret against training steps", folder, "fig5-regret")?)
}

/// The figure: a row of panels per budget, the largest first, and a column per task.
pub fn fig5_picture(rows: &[ComparisonRow], meta: &Fig5Meta, y: Fig5Y) -> Svg {
    let budgets: BTreeSet<u64> = rows.iter().map(|r| r.full_runs).collect();
    let budgets: Vec<u64> = budgets.into_iter().rev().collect();
    let cells: Vec<Vec<Cell<'_>>> = budgets
        .iter()
        .map(|&full_runs| meta.tasks.iter().map(|task| Cell::new(rows, meta, full_runs, task, y)).collect())
        .collect();

    let axes: Vec<Vec<Axis>> = cells.iter().map(|row| row.iter().map(Cell::y_axis).collect()).collect();
    let room = axes.iter().flatten().map(Panel::room_left).fold(24.0, f64::max);
    let mut grid = grid(budgets.len(), meta.tasks.len(), room);
    let legend = Legend::new(entries(meta, &budgets, y), grid.page().0 - 20.0);
    grid.ends.1 += legend.height();

    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, (row, axes)) in cells.iter().zip(axes).enumerate() {
        for (j, (cell, y)) in row.iter().zip(axes).enumerate() {
            let panel = Panel { frame: grid.frame(i, j), x: Axis::steps(cell.total(), 4), y };
            cell.draw(&mut svg, &panel);
            if i == 0 {
                panel.title(&mut svg, task_label(cell.task));
            }
        }
        let frame = grid.frame(i, 0);
        let middle = frame.y + frame.height / 2.0;
        let name = format!("C = {} full runs", budgets[i]);
        svg.text((20.0, middle), &name, Text::new(TITLE_SIZE, Anchor::Middle).bold().upwards());
        svg.text((39.0, middle), y.label(), Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    }
    let inner = grid.inner();
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 5.0;
    let middle = inner.x + inner.width / 2.0;
    let label = format!("training steps used ({})", over_seeds(rows));
    svg.text((middle, below), &label, Text::new(LABEL_SIZE, Anchor::Middle));
    legend.draw(&mut svg, (10.0, below + 12.0));
    svg
}

impl Fig5Y {
    fn label(self) -> &'static str {
        match self {
            Self::Loss => "validation loss",
            Self::Regret => "regret (loss - optimum)",
        }
    }
}

/// Sizes such that six tasks make a page 1200 wide and few tasks make larger panels.
fn grid(rows: usize, columns: usize, room: f64) -> PanelGrid {
    let (left, right, gap) = (46.0 + room, 14.0, room + 10.0);
    let n = columns.max(1) as f64;
    let width = ((1200.0 - left - right - gap * (n - 1.0)) / n).clamp(120.0, 300.0);
    let below = Panel::room_below() + LABEL_SIZE + 5.0 + 12.0 + 10.0;
    PanelGrid {
        rows,
        columns,
        panel: (width, (width * 0.92).clamp(130.0, 200.0)),
        gap: (gap, Panel::room_below() + 16.0),
        sides: (left, right),
        ends: (TITLE_SIZE + 18.0, below),
    }
}

fn over_seeds(rows: &[ComparisonRow]) -> String {
    match rows.iter().map(|r| r.seed).collect::<BTreeSet<_>>().len() {
        1 => "one seed".into(),
        n => format!("mean and standard error over {n} seeds"),
    }
}

fn entries(meta: &Fig5Meta, budgets: &[u64], y: Fig5Y) -> Vec<Entry> {
    let mut entries: Vec<Entry> = meta.methods.iter().map(|m| Entry::method(m)).collect();
    if y == Fig5Y::Loss && meta.tasks.iter().any(|task| meta.optima.contains_key(task)) {
        entries.push(Entry { key: Key::Line(OPTIMUM, None), text: "optimum".into() });
    }
    if budgets.iter().any(|b| meta.learning.contains_key(b)) {
        entries.push(Entry { key: Key::Patch(SHADE), text: "initial early runs of JoBS".into() });
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn row(task: &str, full_runs: u64, method: &str, seed: u64, steps: u64, oracle: f64) -> ComparisonRow {
        ComparisonRow { task: task.into(), full_runs, method: method.into(), seed, steps, oracle, inference: 0.0 }
    }

    /// Two tasks, two budgets, two methods, two seeds, six recommendations each.
    pub(super) fn rows() -> Vec<ComparisonRow> {
        let mut rows = vec![];
        for task in ["gsm8k", "mine & yours"] {
            for full_runs in [15, 50] {
                for (method, by) in [("jobs", 0.0), ("random", 0.1)] {
                    for seed in 0..2 {
                        let steps = (1..=6).map(|i| full_runs * 100 * i);
                        let value = |i: u64| 1.0 + by + 1.0 / i as f64 + 0.01 * seed as f64;
                        rows.extend(steps.map(|s| row(task, full_runs, method, seed, s, value(s / full_runs / 100))));
                    }
                }
            }
        }
        rows
    }

    pub(super) fn meta() -> Fig5Meta {
        Fig5Meta {
            tasks: vec!["gsm8k".into(), "mine & yours".into()],
            methods: vec!["jobs".into(), "random".into()],
            optima: BTreeMap::from([("gsm8k".into(), 1.1)]),
            full_steps: 625,
            learning: BTreeMap::from([(50, 6250), (15, 1875)]),
        }
    }

    #[test]
    fn it_names_tasks_budgets_methods_and_axes() {
        let document = fig5_picture(&rows(), &meta(), Fig5Y::Loss).document("");
        for (text, times) in [
            ("GSM8K", 1),
            ("mine &amp; yours", 1),
            ("C = 50 full runs", 1),
            ("C = 15 full runs", 1),
            ("validation loss", 2),
            ("JoBS (ours)", 1),
            ("random search", 1),
            ("optimum", 1),
            ("initial early runs of JoBS", 1),
            ("training steps used (mean and standard error over 2 seeds)", 1),
            ("20k", 2),
            ("7.5k", 2),
        ] {
            assert_eq!(document.matches(&format!(">{text}<")).count(), times, "{text}");
        }
        // one band and one line per task, budget and method; an optimum line for one task of two; one line in the legend
        assert_eq!(document.matches("fill-opacity=\"0.16\"").count(), 8);
        assert_eq!(document.matches("stroke-width=\"2.3\"").count(), 4 + 1);
        assert_eq!(document.matches("stroke-dasharray=\"4 3\"").count(), 2 + 1);
    }

    #[test]
    fn regret_has_no_optimum_and_a_logarithmic_axis() {
        let document = fig5_picture(&rows(), &meta(), Fig5Y::Regret).document("");
        assert!(document.contains("regret (loss - optimum)") && !document.contains(">optimum<"));
    }

    #[test]
    fn odd_rows_are_drawn_too() {
        let folder = tempfile::tempdir().unwrap();
        fig5(&[], &meta(), folder.path()).unwrap();
        let one = [row("gsm8k", 3, "jobs", 0, 10, f64::NAN), row("gsm8k", 3, "random", 0, 10, 1.0)];
        fig5(&one, &meta(), folder.path()).unwrap();
        fig5_regret(&one, &meta(), folder.path()).unwrap();
        let document = std::fs::read_to_string(folder.path().join("fig5.svg")).unwrap();
        assert!(document.contains(">no runs<") && document.contains("(one seed)"));
        assert!(folder.path().join("fig5-regret.svg").exists());
    }
}
