//! Run tables: read, written and refused with file, line and column.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use jobs_core::{OutcomeTable, RunTable, Steps};

const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b"]
[[dimension]]
name = "rank"
kind = "integer"
low = 1
high = 8
[[dimension]]
name = "front"
kind = "boolean"
[curves]
full_steps = 100
metric = "eval_loss"
"#;
const RUNS: &str =
    "run_id,trial,mixture.a,mixture.b,rank,front\nr0,0,0.5,0.5,4,1\nr1,0,1.0,0.0,8,0\nr2,1,0.25,0.75,1.0,true\n";
const CURVES: &str =
    "run_id,step,eval_loss,accuracy\nr0,25,2.0,\nr0,50,1.5,0.5\nr1,50,nan,\nr1,25,3.0,0.1\nr1,75,2.0,\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("space.toml", SPACE), ("runs.csv", RUNS), ("curves.csv", CURVES)].iter().chain(files) {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn error(files: &[(&str, &str)]) -> String {
    let dir = folder(files);
    let text = RunTable::read(dir.path()).unwrap_err().to_string();
    text.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn short_gappy_and_diverged_curves_are_data() {
    let dir = folder(&[]);
    let table = RunTable::read(dir.path()).unwrap();
    assert_eq!((table.runs.len(), table.full_steps, table.metric.as_str()), (3, Steps(100), "eval_loss"));
    assert_eq!(table.note(&table.runs[2], "trial").as_deref(), Some("1"));
    assert_eq!(table.runs[0].curve.losses(), [2.0, 1.5]);
    assert_eq!(table.runs[0].extras[0], [(Steps(50), 0.5)]);
    assert_eq!(table.runs[1].curve.diverged_at(), Some(Steps(50)), "rows are put in order of step");
    assert_eq!(table.runs[1].rows_after_divergence, 1);
    assert!(table.runs[2].curve.is_empty());
    assert_eq!(table.runs[2].point.integer("rank"), Some(1));
}

#[test]
fn what_is_written_reads_back() {
    let dir = folder(&[]);
    let mut table = RunTable::read(dir.path()).unwrap();
    let out = dir.path().join("new/out");
    table.write(&out).unwrap();
    for run in &mut table.runs {
        run.rows_after_divergence = 0; // dropped rows are not written
    }
    assert_eq!(RunTable::read(&out).unwrap(), table);
}

#[test]
fn errors_in_runs_name_file_line_and_column() {
    let runs = |body: &str| error(&[("runs.csv", body)]);
    let head = "run_id,mixture.a,mixture.b,rank,front\n";
    assert_eq!(
        runs("run_id,mixture.a,mixture.b,rnk,front\n"),
        "runs.csv:1: no column `rank` (there are: run_id, mixture.a, mixture.b, rnk, front); did you mean `rnk`?"
    );
    assert_eq!(
        runs(&format!("{head}r0,0.5,0.5,4,1\nr1,0.5,half,4,1\n")),
        "runs.csv:3: column `mixture.b`: `half` is not a number"
    );
    assert!(
        runs(&format!("{head}r0,0.5,0.6,4,1\n"))
            .starts_with("runs.csv:2: `mixture` is a mixture that sums to 1.1, expected")
    );
    assert_eq!(
        runs(&format!("{head}r0,0.5,0.5,9,1\n")),
        "runs.csv:2: `rank` is 9, expected a whole number between 1 and 8"
    );
    assert_eq!(runs(&format!("{head}r0,0.5,0.5,1.5,1\n")), "runs.csv:2: column `rank`: `1.5` is not a whole number");
    assert_eq!(
        runs(&format!("{head}r0,0.5,0.5,1,yes\n")),
        "runs.csv:2: column `front`: `yes` is not a boolean, expected 0 or 1"
    );
    assert_eq!(
        runs(&format!("{head}r0,0.5,0.5,1,1\nr0,0.5,0.5,1,1\n")),
        "runs.csv:3: column `run_id`: run `r0` stands already in line 2"
    );
    assert_eq!(runs(&format!("{head}r0,0.5,0.5\n")), "runs.csv:2: 3 cells, the header has 5 columns");
    assert!(runs("").contains("the file is empty"));
}

#[test]
fn errors_in_curves_name_file_line_and_column() {
    let curves = |body: &str| error(&[("curves.csv", body)]);
    assert_eq!(curves("run_id,step,loss\n"), "curves.csv:1: no column `eval_loss` (there are: run_id, step, loss)");
    assert_eq!(
        curves("run_id,step,eval_loss\nr0,25,1\nr9,25,1\n"),
        "curves.csv:3: column `run_id`: run `r9` is not in runs.csv"
    );
    assert_eq!(
        curves("run_id,step,eval_loss\nr0,-1,1\n"),
        "curves.csv:2: column `step`: `-1` is not a step, expected 0, 1, 2, ..."
    );
    assert_eq!(
        curves("run_id,step,eval_loss\nr0,25,1\nr0,25,2\n"),
        "curves.csv:3: column `step`: run `r0` has step 25 already in line 2"
    );
    assert_eq!(curves("run_id,step,eval_loss\nr0,25,abc\n"), "curves.csv:2: column `eval_loss`: `abc` is not a number");
    assert!(
        error(&[("space.toml", "[[dimension]]\nname = \"front\"\nkind = \"boolean\"\n")]).contains("no [curves] table")
    );
    let missing = RunTable::read(Path::new("/nonexistent")).unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/space.toml"), "{missing}");
}

#[test]
fn outcomes_join_their_runs() {
    let dir = folder(&[("outcomes.csv", "run_id,best_eval_loss\nr1,1.25\nr0,nan\n")]);
    let table = RunTable::read(dir.path()).unwrap();
    let outcomes = OutcomeTable::read(dir.path(), &table.space, &table.metric).unwrap();
    assert_eq!((outcomes.outcomes.len(), outcomes.without_outcome), (1, 2));
    assert_eq!((outcomes.outcomes[0].id.as_str(), outcomes.outcomes[0].best_loss), ("r1", 1.25));
    fs::write(dir.path().join("outcomes.csv"), "run_id,best\nr1,1.25\n").unwrap();
    let error = OutcomeTable::read(dir.path(), &table.space, &table.metric).unwrap_err().to_string();
    assert!(error.contains("no column `best_eval_loss`"), "{error}");
}
