use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::rows::{PointColumns, Rows};
use super::{RecordedRun, RunTable, TableError};
use crate::{LearningCurve, SearchSpace, Steps};

#[derive(Deserialize)]
struct File {
    curves: Option<Curves>,
}

#[derive(Deserialize)]
struct Curves {
    full_steps: i64,
    metric: String,
}

impl RunTable {
    /// Reads the folder's `space.toml`, `runs.csv` and `curves.csv`.
    pub fn read(folder: &Path) -> Result<Self, TableError> {
        let space_path = folder.join("space.toml");
        let space = SearchSpace::from_toml_file(&space_path)?;
        let (full_steps, metric) = curves_table(&space_path)?;

        let (note_names, mut runs) = read_runs(&folder.join("runs.csv"), &space)?;
        let extra_metrics = read_curves(&folder.join("curves.csv"), &metric, &mut runs)?;
        Ok(Self { space, full_steps, metric, note_names, extra_metrics, runs })
    }
}

fn curves_table(path: &Path) -> Result<(Steps, String), TableError> {
    let problem = |problem: String| TableError::Curves { path: path.into(), problem };
    let text = std::fs::read_to_string(path).map_err(|e| TableError::Io { path: path.into(), cause: e.to_string() })?;
    let file: File = toml::from_str(&text).map_err(|e| problem(e.message().trim().to_owned()))?;
    let curves =
        file.curves.ok_or_else(|| problem("no [curves] table, expected `full_steps` and `metric` in it".into()))?;
    match u64::try_from(curves.full_steps) {
        Ok(steps) if steps > 0 => Ok((Steps(steps), curves.metric)),
        _ => Err(problem(format!("full_steps = {}, expected at least 1", curves.full_steps))),
    }
}

pub(super) fn read_runs(path: &Path, space: &SearchSpace) -> Result<(Vec<String>, Vec<RecordedRun>), TableError> {
    let rows = Rows::read(path)?;
    let id_column = rows.column("run_id")?;
    let columns = PointColumns::find(&rows, space)?;
    let notes: Vec<usize> = (0..rows.header.len()).filter(|&c| c != id_column && !columns.contains(c)).collect();
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut runs = vec![];
    for row in &rows.rows {
        let id = &row.cells[id_column];
        if id.is_empty() {
            return Err(rows.cell_error(row, id_column, "is empty"));
        }
        if let Some(first) = seen.insert(id, row.line) {
            return Err(rows.cell_error(row, id_column, format!("run `{id}` stands already in line {first}")));
        }
        runs.push(RecordedRun {
            id: id.to_owned(),
            point: columns.point(&rows, row, space)?,
            notes: notes.iter().map(|&c| row.cells[c].to_owned()).collect(),
            curve: LearningCurve::new(),
            extras: vec![],
            rows_after_divergence: 0,
        });
    }
    Ok((notes.iter().map(|&c| rows.header[c].clone()).collect(), runs))
}

/// One row of `curves.csv`, before it is put in order.
struct Evaluation {
    step: Steps,
    line: u64,
    loss: Option<f64>,
    extras: Vec<Option<f64>>,
}

fn read_curves(path: &Path, metric: &str, runs: &mut [RecordedRun]) -> Result<Vec<String>, TableError> {
    let rows = Rows::read(path)?;
    let (id, step, loss) = (rows.column("run_id")?, rows.column("step")?, rows.column(metric)?);
    let extras: Vec<usize> = (0..rows.header.len()).filter(|c| ![id, step, loss].contains(c)).collect();
    let index: HashMap<String, usize> = runs.iter().enumerate().map(|(i, r)| (r.id.clone(), i)).collect();
    let mut of_run: Vec<Vec<Evaluation>> = runs.iter().map(|_| vec![]).collect();
    for row in &rows.rows {
        let name = &row.cells[id];
        let run =
            *index.get(name).ok_or_else(|| rows.cell_error(row, id, format!("run `{name}` is not in runs.csv")))?;
        let at = rows.number(row, step)?;
        if !(at >= 0.0 && at.fract() == 0.0 && at < 9e15) {
            return Err(rows.cell_error(
                row,
                step,
                format!("`{}` is not a step, expected 0, 1, 2, ...", &row.cells[step]),
            ));
        }
        let optional = |c: usize| if row.cells[c].is_empty() { Ok(None) } else { rows.number(row, c).map(Some) };
        of_run[run].push(Evaluation {
            step: Steps(at as u64),
            line: row.line,
            loss: optional(loss)?,
            extras: extras.iter().map(|&c| optional(c)).collect::<Result<_, _>>()?,
        });
    }
    for (run, mut evaluations) in runs.iter_mut().zip(of_run) {
        run.extras = vec![vec![]; extras.len()];
        evaluations.sort_by_key(|e| e.step); // stable: of two rows for a step, the later line is the one refused
        for pair in evaluations.windows(2) {
            if pair[0].step == pair[1].step {
                let problem = format!("run `{}` has step {} already in line {}", run.id, pair[1].step, pair[0].line);
                return Err(TableError::Cell { path: path.into(), line: pair[1].line, column: "step".into(), problem });
            }
        }
        for e in evaluations {
            for (values, v) in run.extras.iter_mut().zip(&e.extras) {
                values.extend(v.map(|v| (e.step, v)));
            }
            if let Some(loss) = e.loss
                && run.curve.push(e.step, loss).is_err()
            {
                run.rows_after_divergence += 1;
            }
        }
    }
    Ok(extras.iter().map(|&c| rows.header[c].clone()).collect())
}
