//! CSV rows with their position, for error messages.

use std::path::{Path, PathBuf};

use super::TableError;
use crate::space::written_shares;
use crate::{Domain, Point, SearchSpace, Value};

/// A CSV file with its header and rows read, each row with its line number.
pub(super) struct Rows {
    pub(super) path: PathBuf,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: csv::StringRecord,
}

impl Rows {
    pub(super) fn read(path: &Path) -> Result<Self, TableError> {
        let io = |cause: String| TableError::Io { path: path.into(), cause };
        let text = std::fs::read(path).map_err(|e| io(e.to_string()))?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_slice());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|h| h.trim_start_matches('\u{feff}').to_owned()).collect(),
            Err(e) => return Err(TableError::Header { path: path.into(), problem: e.to_string() }),
        };
        if header.iter().all(String::is_empty) {
            return Err(TableError::Header {
                path: path.into(),
                problem: "the file is empty, expected a header".into(),
            });
        }
        if let Some(i) = (1..header.len()).find(|&i| header[..i].contains(&header[i])) {
            let problem = format!("column `{}` stands twice in the header", header[i]);
            return Err(TableError::Header { path: path.into(), problem });
        }
        let mut rows = vec![];
        for record in reader.records() {
            let cells = record.map_err(|e| {
                let line = e.position().map_or(0, csv::Position::line);
                TableError::Row { path: path.into(), line, problem: e.to_string() }
            })?;
            let line = cells.position().map_or(0, csv::Position::line);
            if cells.len() != header.len() {
                let problem = format!("{} cells, the header has {} columns", cells.len(), header.len());
                return Err(TableError::Row { path: path.into(), line, problem });
            }
            rows.push(Row { line, cells });
        }
        Ok(Self { path: path.into(), header, rows })
    }

    /// Index of a column that must be there.
    pub(super) fn column(&self, name: &str) -> Result<usize, TableError> {
        self.header.iter().position(|h| h == name).ok_or_else(|| {
            let near = self
                .header
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            let hint = near.filter(|n| strsim::jaro_winkler(n, name) > 0.8);
            let hint = hint.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
            TableError::Header {
                path: self.path.clone(),
                problem: format!("no column `{name}` (there are: {}){hint}", self.header.join(", ")),
            }
        })
    }

    pub(super) fn cell_error(&self, row: &Row, column: usize, problem: impl Into<String>) -> TableError {
        TableError::Cell {
            path: self.path.clone(),
            line: row.line,
            column: self.header[column].clone(),
            problem: problem.into(),
        }
    }

    /// A cell as a number; "nan" and "inf" are numbers here.
    pub(super) fn number(&self, row: &Row, column: usize) -> Result<f64, TableError> {
        let text = &row.cells[column];
        text.parse().map_err(|_| self.cell_error(row, column, format!("`{text}` is not a number")))
    }
}

/// Where the dimensions of a space stand in a header.
pub(super) struct PointColumns {
    of_dimension: Vec<Vec<usize>>,
}

impl PointColumns {
    pub(super) fn find(rows: &Rows, space: &SearchSpace) -> Result<Self, TableError> {
        let columns = space.dimensions().iter().map(|d| match &d.domain {
            Domain::Simplex { parts } => parts.iter().map(|p| rows.column(&format!("{}.{p}", d.name))).collect(),
            _ => rows.column(&d.name).map(|c| vec![c]),
        });
        Ok(Self { of_dimension: columns.collect::<Result<_, _>>()? })
    }

    pub(super) fn contains(&self, column: usize) -> bool {
        self.of_dimension.iter().flatten().any(|&c| c == column)
    }

    pub(super) fn point(&self, rows: &Rows, row: &Row, space: &SearchSpace) -> Result<Point, TableError> {
        let mut values = vec![];
        for (i, (d, columns)) in space.dimensions().iter().zip(&self.of_dimension).enumerate() {
            values.push(match space.unless_active(i, &values) {
                Some(none) => none,
                None => value(rows, row, &d.domain, columns)?,
            });
        }
        space.point(values).map_err(|source| TableError::Point { path: rows.path.clone(), line: row.line, source })
    }
}

fn value(rows: &Rows, row: &Row, domain: &Domain, columns: &[usize]) -> Result<Value, TableError> {
    let column = columns[0];
    let text = &row.cells[column];
    Ok(match domain {
        Domain::Ordered { .. } | Domain::Fixed { .. } => {
            let expected =
                || rows.cell_error(row, column, format!("`{text}` is not a value of the dimension: {domain}"));
            domain.of_text(text).ok_or_else(expected)?
        }
        Domain::Simplex { .. } => {
            Value::Simplex(written_shares(columns.iter().map(|&c| rows.number(row, c)).collect::<Result<_, _>>()?))
        }
        Domain::Real { .. } => Value::Real(rows.number(row, column)?),
        Domain::Integer { .. } => {
            let v = rows.number(row, column)?;
            if v.fract() != 0.0 || v.abs() > 9e15 {
                return Err(rows.cell_error(row, column, format!("`{text}` is not a whole number")));
            }
            Value::Integer(v as i64)
        }
        Domain::Boolean => match text {
            "0" | "0.0" | "false" | "False" => Value::Boolean(false),
            "1" | "1.0" | "true" | "True" => Value::Boolean(true),
            _ => return Err(rows.cell_error(row, column, format!("`{text}` is not a boolean, expected 0 or 1"))),
        },
        Domain::Categorical { choices } => {
            let index = choices.iter().position(|c| c == text);
            let expected = || rows.cell_error(row, column, format!("`{text}` is not one of {}", choices.join(", ")));
            Value::Categorical(index.ok_or_else(expected)?)
        }
    })
}
