use std::collections::HashMap;
use std::path::Path;

use super::TableError;
use super::read::read_runs;
use super::rows::Rows;
use crate::{Point, SearchSpace};

/// Runs of which only the best loss is known.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeTable {
    /// The runs, in the order of `runs.csv`; those without outcome are left out.
    pub outcomes: Vec<Outcome>,
    /// Runs of `runs.csv` without a finite outcome.
    pub without_outcome: usize,
}

/// The outcome of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its name.
    pub id: String,
    /// Its configuration.
    pub point: Point,
    /// The lowest validation loss along the run.
    pub best_loss: f64,
}

impl OutcomeTable {
    /// Reads `runs.csv` and `outcomes.csv` (`run_id,best_<metric>`) of a folder, for points of `space`.
    pub fn read(folder: &Path, space: &SearchSpace, metric: &str) -> Result<Self, TableError> {
        let (_, runs) = read_runs(&folder.join("runs.csv"), space)?;
        let rows = Rows::read(&folder.join("outcomes.csv"))?;
        let (id, best) = (rows.column("run_id")?, rows.column(&format!("best_{metric}"))?);
        let known: HashMap<&str, usize> = runs.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
        let mut losses: Vec<Option<f64>> = vec![None; runs.len()];
        for row in &rows.rows {
            let name = &row.cells[id];
            let run =
                *known.get(name).ok_or_else(|| rows.cell_error(row, id, format!("run `{name}` is not in runs.csv")))?;
            if losses[run].is_some() {
                return Err(rows.cell_error(row, id, format!("run `{name}` has an outcome already")));
            }
            if !row.cells[best].is_empty() {
                losses[run] = Some(rows.number(row, best)?).filter(|v| v.is_finite());
            }
        }
        let without_outcome = losses.iter().filter(|l| l.is_none()).count();
        let outcomes = runs
            .into_iter()
            .zip(losses)
            .filter_map(|(run, loss)| Some(Outcome { id: run.id, point: run.point, best_loss: loss? }))
            .collect();
        Ok(Self { outcomes, without_outcome })
    }
}
