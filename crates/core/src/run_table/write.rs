use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{RunTable, TableError};
use crate::{Domain, RecordValue, SearchSpace, Steps, Value};

impl RunTable {
    /// Writes `space.toml`, `runs.csv` and `curves.csv` to a folder, made if absent. Numbers are written so that reading
    /// gives them back bit for bit.
    pub fn write(&self, folder: &Path) -> Result<(), TableError> {
        let io = |path: &Path, e: &dyn std::fmt::Display| TableError::Io { path: path.into(), cause: e.to_string() };
        fs::create_dir_all(folder).map_err(|e| io(folder, &e))?;
        let space_path = folder.join("space.toml");
        let metric = toml::Value::from(self.metric.as_str());
        let mut text = self.space.to_toml_string();
        let _ = writeln!(text, "[curves]\nfull_steps = {}\nmetric = {metric}", self.full_steps);
        fs::write(&space_path, text).map_err(|e| io(&space_path, &e))?;
        for (name, rows) in [("runs.csv", self.run_rows()), ("curves.csv", self.curve_rows())] {
            let path = folder.join(name);
            let mut writer = csv::Writer::from_path(&path).map_err(|e| io(&path, &e))?;
            for row in rows {
                writer.write_record(&row).map_err(|e| io(&path, &e))?;
            }
            writer.flush().map_err(|e| io(&path, &e))?;
        }
        Ok(())
    }

    fn run_rows(&self) -> Vec<Vec<String>> {
        let mut header = vec!["run_id".to_owned()];
        header.extend(self.note_names.iter().cloned());
        header.extend(columns(&self.space));
        let mut rows = vec![header];
        for run in &self.runs {
            let mut row = vec![run.id.clone()];
            row.extend(run.notes.iter().cloned());
            for (i, (d, value)) in self.space.dimensions().iter().zip(run.point.values()).enumerate() {
                match value {
                    // empty cells: it has no value
                    Value::Simplex(shares) if !run.point.has(i) => row.extend(shares.iter().map(|_| String::new())),
                    _ if !run.point.has(i) => row.push(String::new()),
                    Value::Simplex(shares) => row.extend(shares.iter().map(f64::to_string)),
                    Value::Real(v) => row.push(v.to_string()),
                    Value::Integer(v) => row.push(v.to_string()),
                    Value::Boolean(v) => row.push(u8::from(*v).to_string()),
                    Value::Categorical(i) => match &d.domain {
                        Domain::Categorical { choices } => row.push(choices[*i].clone()),
                        Domain::Fixed { value: RecordValue::Choice(choice) } => row.push(choice.clone()),
                        _ => {}
                    },
                }
            }
            rows.push(row);
        }
        rows
    }

    fn curve_rows(&self) -> Vec<Vec<String>> {
        let mut header = vec!["run_id".to_owned(), "step".to_owned(), self.metric.clone()];
        header.extend(self.extra_metrics.iter().cloned());
        let width = self.extra_metrics.len();
        let mut rows = vec![header];
        for run in &self.runs {
            let mut cells: BTreeMap<Steps, Vec<String>> = BTreeMap::new();
            let mut put = |step: Steps, column: usize, v: f64| {
                cells.entry(step).or_insert_with(|| vec![String::new(); 1 + width])[column] = v.to_string();
            };
            for (step, loss) in run.curve.iter() {
                put(step, 0, loss);
            }
            if let Some(step) = run.curve.diverged_at() {
                put(step, 0, f64::NAN);
            }
            for (column, values) in run.extras.iter().enumerate() {
                for &(step, v) in values {
                    put(step, 1 + column, v);
                }
            }
            for (step, values) in cells {
                rows.push([vec![run.id.clone(), step.to_string()], values].concat());
            }
        }
        rows
    }
}

/// The columns of `runs.csv` that hold a space's points.
fn columns(space: &SearchSpace) -> Vec<String> {
    let of = |d: &crate::Dimension| match &d.domain {
        Domain::Simplex { parts } => parts.iter().map(|p| format!("{}.{p}", d.name)).collect(),
        _ => vec![d.name.clone()],
    };
    space.dimensions().iter().flat_map(of).collect()
}
