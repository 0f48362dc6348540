//! Spaces, run tables, emulators and what a trainer prints.

use emulator::recorded::RecordedTrainer;
use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs::external::{Measurement, OtherMetrics, parse_line};
use jobs_core::{LearningCurve, OutcomeTable, RunTable, SearchSpace, Seed, Target, Trainer};
use methods::transfer::{Source, prior};

use super::{Folder, Format, message, utf8};
use crate::mutate::Shape;

pub(super) fn formats() -> anyhow::Result<Vec<Format>> {
    let mut all = vec![space(), emulators(), output()];
    for changed in ["space.toml", "runs.csv", "curves.csv", "outcomes.csv"] {
        all.push(table(changed)?);
    }
    Ok(all)
}

/// Every kind of dimension, constraint and role.
pub(super) const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["maths", "code", "chat"]

[[dimension]]
name = "lora_rank"
kind = "integer"
low = 1
high = 128
log = true

[[dimension]]
name = "lora_q_proj"
kind = "boolean"

[[dimension]]
name = "lora_v_proj"
kind = "boolean"

[[dimension]]
name = "optimizer"
kind = "categorical"
choices = ["adam", "sgd"]

[[dimension]]
name = "scaling"
kind = "real"
low = 0.5
high = 48.0
role = "lora_alpha"

[[constraint]]
kind = "at_least_one"
of = ["lora_q_proj", "lora_v_proj"]
"#;

fn space() -> Format {
    let recorded = include_bytes!("../../../crates/trainer/recordings/stories260k/space.toml").to_vec();
    Format::new("space", Shape::Text, 10, vec![SPACE.into(), recorded], |_, bytes| {
        let space = SearchSpace::from_toml_str(utf8(bytes)?).map_err(message)?;
        let again = SearchSpace::from_toml_str(&space.to_toml_string()).map_err(message)?;
        assert!(space == again, "the space is another one once it is written and read again");
        if space.encoded_len() > 1000 {
            return Ok(());
        }
        for point in space.design(3, Seed(0)) {
            let decoded = space.decode(&space.encode(&point)).map_err(message)?;
            space.point_from_record(&decoded.record()).map_err(message)?;
            space.discrete_neighbours(&point);
        }
        Ok(())
    })
}

/// Two runs with their curves, notes and outcomes; one of these files is changed.
fn table(changed: &'static str) -> anyhow::Result<Format> {
    let space = format!("{SPACE}\n[curves]\nfull_steps = 100\nmetric = \"eval_loss\"\n");
    let mut runs =
        "run_id,mixture.maths,mixture.code,mixture.chat,lora_rank,lora_q_proj,lora_v_proj,optimizer,scaling,note\n"
            .to_owned();
    let mut curves = "run_id,step,eval_loss,accuracy\n".to_owned();
    let mut outcomes = "run_id,best_eval_loss\n".to_owned();
    for run in 0..6 {
        runs += &format!(
            "r{run},0.5,0.{run},{},{},1,{},adam,{}.5,\"a, note\"\n",
            0.5 - f64::from(run) / 10.0,
            run + 1,
            run % 2,
            run + 1
        );
        curves += &format!("r{run},50,1.{run},0.5\nr{run},100,0.{run},\n");
        outcomes += &format!("r{run},0.{run}\n");
    }
    let files = [("space.toml", space), ("runs.csv", runs), ("curves.csv", curves), ("outcomes.csv", outcomes)];
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let folder = Folder::new(changed, &borrowed)?;
    let valid = files.iter().find(|(name, _)| *name == changed).map(|(_, text)| text.clone().into_bytes());
    let name = match changed {
        "space.toml" => "run table: space",
        "runs.csv" => "run table: runs",
        "curves.csv" => "run table: curves",
        _ => "run table: outcomes",
    };
    Ok(Format::new(name, Shape::Text, 5, valid.into_iter().collect(), move |_, bytes| {
        folder.write(bytes)?;
        let table = RunTable::read(&folder.path()).map_err(message)?;
        if changed == "outcomes.csv" {
            return OutcomeTable::read(&folder.path(), &table.space, &table.metric).map(drop).map_err(message);
        }
        replayed(&table)
    }))
}

/// Makes of a table what studies make of it: a trainer and a prior.
fn replayed(table: &RunTable) -> Result<(), String> {
    let trainer = RecordedTrainer::new(table).map_err(message)?;
    if let Some(point) = trainer.candidates().first() {
        let mut run = trainer.start(point, Seed(0)).map_err(message)?;
        run.advance_to(trainer.full_steps()).map_err(message)?;
    }
    prior(&table.space, &[Source { name: "earlier", table }], Target::Best).map(drop).map_err(message)
}

fn emulators() -> Format {
    let files = LLAMA3_8B.iter().take(2).map(|(_, bytes)| bytes.to_vec()).collect();
    Format::new("emulator", Shape::Json, 3, files, |_, bytes| {
        let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, "emulator.json").map_err(message)?);
        trainer.emulator().to_json().map_err(message)?;
        let Some(point) = trainer.space().design(1, Seed(0)).into_iter().next() else { return Ok(()) };
        let mut run = trainer.start(&point, Seed(1)).map_err(message)?;
        run.advance_to(trainer.full_steps()).map_err(message)?;
        let saved = run.save().map_err(message)?;
        trainer.resume(&saved).map(drop).map_err(message)
    })
}

/// Lines of a trainer, read as an executor does: measurements, other metrics, and the curve they make.
fn output() -> Format {
    let lines = [
        r#"{"step": 25, "eval_loss": 1.25, "lr": 1e-4, "note": "a \"quoted\" NaN"}"#,
        r#"{"step": 26, "loss": 0.5}"#,
        "loading model 100%|#####| 5/5\r{'step': 3}",
        r#"{"step": 50.0, "eval_loss": 1.0, "accuracy": 0.5}"#,
        r#"{"eval_loss": "Infinity", "step": 75}"#,
    ];
    let files = vec![lines.join("\n").into_bytes(), lines[0].into()];
    Format::new("trainer output", Shape::JsonLines, 20, files, |_, bytes| {
        let (mut curve, mut metrics) = (LearningCurve::new(), OtherMetrics::default());
        for line in String::from_utf8_lossy(bytes).split(['\n', '\r']) {
            if let Some(Measurement::Metric(step, loss)) = parse_line(line, "eval_loss")? {
                metrics.record(line, "eval_loss", step);
                curve.push(step, loss).map_err(message)?;
            }
        }
        metrics.values();
        Ok(())
    })
}
