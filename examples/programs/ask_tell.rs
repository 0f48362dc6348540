//! Ask and tell: the study decides what to train, your own code trains it.

use jobs::{Problem, Report, Study};
use jobs_core::{Budget, LearningCurve, Point, SearchSpace, Seed, Steps, Target};
use methods::JobsOptions;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let space = SearchSpace::from_toml_str(
        r#"
        [[dimension]]
        name = "mixture"
        kind = "simplex"
        parts = ["maths", "code", "chat"]
        [[dimension]]
        name = "rank"
        kind = "integer"
        low = 1
        high = 64
        log = true
        "#,
    )?;
    // a budget of ten full runs; an early run is a fifth of a full one
    let budget = Budget { total: Steps(1000), full: Steps(100), early: Steps(20) };
    let problem = Problem::new(space, budget, Target::Best, Seed(0));
    let method = JobsOptions::default().make(&problem)?;
    let mut study = Study::new(problem, method)?;

    // a trial is a new run or a paused one to continue: train from `trial.from` to `trial.to`
    while let Some(trial) = study.ask()? {
        let curve = train(&trial.point, trial.to);
        study.tell(Report { run: trial.run, step: trial.to, curve })?;
    }

    let best = study.best()?.ok_or("no run has a value")?;
    println!("{} of {} steps used", study.history().spent(), budget.total);
    println!("run {} is best, with an estimated loss of {:.4}:", best.run, best.inference);
    println!("{}", serde_json::to_string(&best.point.record())?);
    Ok(())
}

/// Stands for your training: evaluations every ten steps, from the first step on.
fn train(point: &Point, to: Steps) -> LearningCurve {
    let maths = point.shares("mixture").map_or(0.0, |shares| shares[0]);
    let rank = point.integer("rank").unwrap_or(1) as f64;
    let end = 1.0 + (maths - 0.6).powi(2) + 0.05 * (rank.ln() - 16f64.ln()).powi(2);
    let mut curve = LearningCurve::new();
    for step in (10..=to.0).step_by(10) {
        // steps rise, so this cannot fail
        let _ = curve.push(Steps(step), end + (-(step as f64) / 25.0).exp());
    }
    curve
}
