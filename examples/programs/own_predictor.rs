//! JoBS with a predictor of your own: swap one part and leave the rest.

use budget::FixedSplit;
use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs::{DriveOptions, InlineExecutor, Problem, Study, drive};
use jobs_core::{
    Budget, Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps, Target,
    Trainer,
};
use methods::{Evidence, GpSettings, Jobs, JobsParts, Recommend, Scale, parts};

/// The final loss is the early one times the mean ratio of the two in full runs.
#[derive(Clone, Copy)]
struct MeanRatio {
    early: Steps,
    ratio: f64,
    variance: f64,
}

impl Predictor for MeanRatio {
    fn name(&self) -> &str {
        "mean-ratio"
    }

    fn fit(&mut self, _space: &SearchSpace, runs: &[Example], early: Steps, _seed: Seed) -> Result<(), PredictorError> {
        let known = runs.iter().filter_map(|run| Some((run.curve.up_to(early).last()?.1, run.value)));
        let ratios: Vec<f64> = known.map(|(early, value)| value / early).collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
        self.early = early;
        if ratios.len() > 1 {
            self.ratio = mean;
            self.variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (ratios.len() - 1) as f64;
        }
        Ok(())
    }

    fn predict(&self, _point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let (_, loss) = curve.up_to(self.early).last().or(curve.last()).ok_or(PredictorError::EmptyCurve)?;
        Ok(Gaussian { mean: loss * self.ratio, variance: loss.powi(2) * self.variance })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (name, bytes) = LLAMA3_8B[1];
    let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name)?);
    let full = trainer.full_steps();
    let budget = Budget { total: Steps(10 * full.0), full, early: Steps(100) };
    let problem = Problem::new(trainer.space().clone(), budget, Target::Best, Seed(1));

    let predictor = MeanRatio { early: budget.early, ratio: 1.0, variance: 0.01 };
    let own = JobsParts {
        // three full runs to learn from first, one to verify the recommendation
        allocator: Box::new(FixedSplit { full_runs: 3, verification_runs: 1 }),
        initial_early_runs: 4,
        evidence: Evidence::Predicted { predictor: Box::new(move || Box::new(predictor)), variance_from: Some(3) },
        // promoted runs would go on to the end at once
        levels: vec![budget.early],
        target_so_far: true,
        // plain losses, since the ratio is one of losses and not of their logarithms
        scale: Scale::Identity,
        is_logarithmic: false,
        constraints: vec![],
        model: parts::model(&problem, &GpSettings::default(), parts::ucb(4.0)),
        final_acquisition: None,
        promotion: None,
        early_signal_check: false,
        recommend: Recommend::FinishedPosteriorMean,
    };
    let mut study = Study::new(problem.clone(), Box::new(Jobs::new("own-predictor", &problem, own)?))?;
    let best = drive(&mut study, &mut InlineExecutor::new(&trainer), &mut [], DriveOptions::default())?;
    let best = best.ok_or("no run has a value")?;
    let loss = trainer.emulator().noise_free_value(&best.point, Target::Best)?;
    println!("{}: {} steps used, loss {loss:.4}", study.method_name(), study.history().spent());
    Ok(())
}
