use std::path::Path;

use jobs::{History, RunRecord};
use jobs_core::{Dimension, Domain, RecordValue};
use serde_json::json;

use crate::args::ExportArgs;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::output::show;
use crate::run_table::{notes, run_table};

/// `jobs export`
pub(super) fn run(args: &ExportArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let h = &read_history(loaded)?;
    let mut written = vec![];
    if let Some(folder) = &args.folder {
        if folder.exists() && !folder.is_dir() {
            return Err(Kind::Input.error(format_args!("{} is a file, expected a folder", folder.display())));
        }
        run_table(loaded, h).write(folder)?;
        written.push(folder.display().to_string());
    }
    if let Some(file) = &args.csv {
        csv(loaded, h, file)?;
        written.push(file.display().to_string());
    }
    let runs = h.runs().len();
    show(as_json, &json!({ "runs": runs, "written": written }), || {
        format!("{runs} runs written to {}\n", written.join(" and "))
    })
}

fn csv(loaded: &LoadedStudy, history: &History, file: &Path) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let mut header: Vec<String> = ["run", "phase", "state", "steps", "value", "last"].map(str::to_owned).to_vec();
    for (i, r) in history.runs().iter().enumerate() {
        let cells = cells(r);
        if i == 0 {
            header.extend(cells.iter().map(|c| c.0.clone()));
            writer.write_record(&header)?;
        }
        let number = |v: Option<f64>| v.map_or(String::new(), |v| loaded.direction.turn(v).to_string());
        let mut row = vec![r.id.to_string()];
        row.extend(notes(r));
        row.push(number(history.problem().target.of(&r.curve)));
        row.push(number(r.curve.last().map(|(_, v)| v)));
        row.extend(cells.into_iter().map(|c| c.1));
        writer.write_record(&row)?;
    }
    jobs_core::files::write_atomic(file, &writer.into_inner()?)?;
    Ok(())
}

/// The columns of a configuration, as in a run table. Those of a dimension without a value are empty.
fn cells(r: &RunRecord) -> Vec<(String, String)> {
    let (mut cells, record) = (vec![], r.point.record().0);
    let mut dimensions: Vec<&Dimension> = r.point.space().dimensions().iter().collect();
    dimensions.sort_by(|a, b| a.name.cmp(&b.name));
    for d in dimensions {
        let name = d.name.clone();
        let Some(value) = record.get(&name).cloned() else {
            cells.extend(columns_of(d).into_iter().map(|column| (column, String::new())));
            continue;
        };
        match value {
            RecordValue::Shares(parts) => {
                cells.extend(parts.iter().map(|(part, v)| (format!("{name}.{part}"), v.to_string())));
            }
            RecordValue::Boolean(v) => cells.push((name, u8::from(v).to_string())),
            RecordValue::Integer(v) => cells.push((name, v.to_string())),
            RecordValue::Real(v) => cells.push((name, v.to_string())),
            RecordValue::Choice(v) => cells.push((name, v)),
        }
    }
    cells
}

/// The columns of a dimension, in the order of their names.
fn columns_of(d: &Dimension) -> Vec<String> {
    let Domain::Simplex { parts } = &d.domain else { return vec![d.name.clone()] };
    let mut columns: Vec<String> = parts.iter().map(|part| format!("{}.{part}", d.name)).collect();
    columns.sort();
    columns
}
