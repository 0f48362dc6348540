//! `trainer train`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jobs_core::files::write_atomic;
use jobs_core::{Dimension, Domain, Point, PointRecord, RunState, SearchSpace, Seed, Steps, Value};
use trainer::train::{Evaluation, LiveRun, LiveTrainer, TrainSettings, open};

use crate::cli::TrainArgs;
use crate::output::{print_notes, say};
use crate::settings;

pub(crate) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let settings = settings::of(&args.settings)?;
    if args.checkpoint_every == 0 {
        bail!("--checkpoint-every is 0, expected at least 1");
    }
    let space = match (&args.space, &args.point) {
        (Some(path), _) => Some(SearchSpace::from_toml_file(path)?),
        (None, Some(_)) => None,
        (None, None) => Some(shares_only(&settings)?),
    };
    let trainer = open(settings, space)?;
    print_notes(trainer.notes());
    let point = match &args.point {
        Some(path) => read_point(path, trainer.space())?,
        None => mixture(&args.mixture, trainer.space())?,
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    let mut run = start_or_resume(args, trainer.as_ref(), &point)?;
    announce(trainer.as_ref(), run.as_ref());
    if advance(args, trainer.as_ref(), run.as_mut())? == RunState::Diverged {
        say(&format!("The run diverged at step {}: the loss is no longer finite", run.step()));
        if !run.has_adapter() {
            bail!("no adapter: the run diverged before its first evaluation; try a smaller learning rate");
        }
    }
    let adapter = args.out.join("adapter");
    run.write_adapter(&adapter)?;
    if let Some((step, loss)) = run.curve().best() {
        say(&format!("Best loss {loss:.4} at step {step}; wrote the adapter to {}", adapter.display()));
    }
    Ok(())
}

fn checkpoint(args: &TrainArgs) -> PathBuf {
    args.out.join("run.ckpt")
}

fn start_or_resume(args: &TrainArgs, trainer: &dyn LiveTrainer, point: &Point) -> anyhow::Result<Box<dyn LiveRun>> {
    let checkpoint = checkpoint(args);
    if args.fresh || !checkpoint.exists() {
        return Ok(trainer.start_live(point, Seed(args.seed))?);
    }
    let saved = std::fs::read(&checkpoint).with_context(|| format!("cannot read {}", checkpoint.display()))?;
    let run = trainer.resume_live(&saved).with_context(|| format!("{}; --fresh starts over", checkpoint.display()))?;
    if run.point() != point || run.seed() != Seed(args.seed) {
        bail!(
            "{} is a run of another mixture, configuration or seed; --fresh starts over, another --out keeps it",
            checkpoint.display()
        );
    }
    say(&format!("Resuming at step {} of {}", run.step(), trainer.full_steps()));
    Ok(run)
}

/// Advances to the end or to --stop; writes a checkpoint and the evaluations every --checkpoint-every steps.
fn advance(args: &TrainArgs, trainer: &dyn LiveTrainer, run: &mut dyn LiveRun) -> anyhow::Result<RunState> {
    let full = trainer.full_steps();
    let stop = Steps(args.stop.unwrap_or(full.0).min(full.0));
    let domains = trainer.domains();
    let mut printed = run.evaluations().len();
    loop {
        let next = (run.step().0 / args.checkpoint_every + 1) * args.checkpoint_every;
        let state = run.advance_to(Steps(next.min(stop.0)))?;
        for evaluation in &run.evaluations()[printed..] {
            say(&line(evaluation, &domains));
        }
        printed = run.evaluations().len();
        write_atomic(&checkpoint(args), &run.save()?)?;
        write_atomic(&args.out.join("evaluations.csv"), table(run.evaluations(), &domains).as_bytes())?;
        if state != RunState::Paused || run.step() >= stop {
            return Ok(state);
        }
    }
}

fn announce(trainer: &dyn LiveTrainer, run: &dyn LiveRun) {
    say(&format!("{} trained parameters, {} steps", run.parameters(), trainer.full_steps()));
    for repeat in run.repeats(&trainer.domains()) {
        say(&repeat);
    }
}

fn line(e: &Evaluation, domains: &[String]) -> String {
    let mut text = format!("step {:5}", e.step);
    if let Some(loss) = e.training {
        let _ = write!(text, "  train {loss:.4}");
    }
    for ((name, loss), accuracy) in domains.iter().zip(&e.losses).zip(&e.accuracies) {
        let _ = write!(text, "  {name} {loss:.4}");
        if let Some(accuracy) = accuracy {
            let _ = write!(text, " ({:.0} %)", 100.0 * accuracy);
        }
    }
    text
}

fn table(evaluations: &[Evaluation], domains: &[String]) -> String {
    let mut text = String::from("step,train");
    for name in domains {
        let _ = write!(text, ",{name},{name}_accuracy");
    }
    for e in evaluations {
        let _ = write!(text, "\n{},{}", e.step, e.training.map_or(String::new(), |v| v.to_string()));
        for (loss, accuracy) in e.losses.iter().zip(&e.accuracies) {
            let _ = write!(text, ",{loss},{}", accuracy.map_or(String::new(), |v| v.to_string()));
        }
    }
    text.push('\n');
    text
}

/// A space of the mixture only, for runs whose adapter comes from the settings. With one domain: of the learning rate only.
fn shares_only(settings: &TrainSettings) -> anyhow::Result<SearchSpace> {
    let parts: Vec<String> = settings.domains.iter().map(|d| d.name.clone()).collect();
    let dimension = if parts.len() > 1 {
        Dimension { name: "mixture".into(), domain: Domain::Simplex { parts } }
    } else {
        let rate = settings.learning_rate;
        Dimension { name: "learning_rate".into(), domain: Domain::Real { low: rate, high: 2.0 * rate, log: true } }
    };
    Ok(SearchSpace::new(vec![dimension], vec![])?)
}

fn mixture(words: &[String], space: &SearchSpace) -> anyhow::Result<Point> {
    let value = match &space.dimensions()[0].domain {
        Domain::Simplex { parts } if words.is_empty() => Value::Simplex(vec![1.0 / parts.len() as f64; parts.len()]),
        Domain::Simplex { parts } => Value::Simplex(shares(words, parts)?),
        Domain::Real { .. } if !words.is_empty() => {
            bail!("--mixture needs at least two domains, but there is only one")
        }
        Domain::Real { low, .. } => Value::Real(*low),
        _ => bail!("the space has no mixture"),
    };
    Ok(space.point(vec![value])?)
}

/// The share of every part from words `PART=SHARE`.
fn shares(words: &[String], parts: &[String]) -> anyhow::Result<Vec<f64>> {
    let known: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut shares = vec![0.0; parts.len()];
    for word in words {
        let (name, share) =
            word.split_once('=').with_context(|| format!("--mixture: `{word}`, expected DOMAIN=SHARE"))?;
        let i = known
            .iter()
            .position(|k| *k == name)
            .with_context(|| jobs_core::nearest::unknown("domain", name, &known))?;
        if words.iter().filter(|w| w.starts_with(&format!("{name}="))).count() > 1 {
            bail!("--mixture: `{name}` twice, expected one share per domain");
        }
        shares[i] = share.parse().with_context(|| format!("--mixture: `{share}` is not a number"))?;
    }
    Ok(shares)
}

fn read_point(path: &Path, space: &SearchSpace) -> anyhow::Result<Point> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let record: PointRecord = toml::from_str(&text).with_context(|| path.display().to_string())?;
    space.point_from_record(&record).with_context(|| path.display().to_string())
}
