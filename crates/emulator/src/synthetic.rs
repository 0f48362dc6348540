//! Synthetic tasks with a known optimum and a known interaction between data and model.
//!
//! With w the mixture of three domains, u and v two numbers of the model in `[0, 1]`, b a switch and k the interaction:
//!
//! ```text
//! best mixture  w*(u) = w0 + k (2u - 1) d,             w0 = (.5, .3, .2),   d = (-.3, .25, .05)
//! level         g = 1 + 2 |w - w*(u)|^2 + .5 (u - .5 - .3 k (w_1 - .5))^2 + .3 (v - .3)^2 + .1 [b off]
//! curve         l(s) = g + (1 - tell) h(x) e^(-2 s / B) + .8 e^(-8 s / B),    h between 0 and .4
//! ```
//!
//! k = 0: the best mixture does not depend on the model. k = 1: it moves by twice `d` from one end of u to the other.
//!
//! `tell` is how informative early losses are. At 1 curves are parallel. At 0 an early loss is dominated by `h`, which vanishes at
//! the end. A wavy `h` can be learnt from the configuration; a rough one ([`Distraction::Rough`]) cannot.
//!
//! The lowest level, 1 at w = w0, u = .5, v = .3 and b on, is the same for every k. Each run has normal noise common to its curve,
//! and smaller noise on each evaluation.

use jobs_core::{LearningCurve, Point, PointRecord, Run, RunState, SearchSpace, Seed, Steps, Trainer, TrainerError};
use numerics::normal;
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Steps of a full run, and of one evaluation to the next.
const FULL: u64 = 625;
const INTERVAL: u64 = 25;
/// Standard deviations of the noise of a run and of an evaluation.
const RUN_SD: f64 = 0.005;
const EVALUATION_SD: f64 = 0.002;

const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b", "c"]
[[dimension]]
name = "u"
kind = "real"
low = 0.0
high = 1.0
[[dimension]]
name = "v"
kind = "real"
low = 0.0
high = 1.0
[[dimension]]
name = "switch"
kind = "boolean"
"#;

/// What early losses show and late ones do not: h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distraction {
    /// A wave over the encoded configuration.
    #[default]
    Wavy,
    /// A number of each configuration's own, uniform and independent of all others.
    Rough,
}

/// A synthetic task.
#[derive(Clone, Debug)]
pub struct Synthetic {
    space: SearchSpace,
    interaction: f64,
    tell: f64,
    distraction: Distraction,
}

impl Synthetic {
    /// The lowest noise-free loss.
    pub const OPTIMUM: f64 = 1.0;
    /// Standard deviation of a run's loss.
    pub const NOISE: f64 = RUN_SD;

    /// A task with this interaction between mixture and model and this informativeness of early losses, both between 0 and 1.
    pub fn new(interaction: f64, tell: f64) -> Result<Self, jobs_core::SpaceError> {
        let space = SearchSpace::from_toml_str(SPACE)?;
        let (interaction, tell) = (interaction.clamp(0.0, 1.0), tell.clamp(0.0, 1.0));
        Ok(Self { space, interaction, tell, distraction: Distraction::Wavy })
    }

    /// The same with another distraction.
    #[must_use]
    pub fn with(self, distraction: Distraction) -> Self {
        Self { distraction, ..self }
    }

    /// The level g: the lowest loss of a noise-free run, but for what is left of the curve's fall at its end, which is subtracted.
    pub fn level(&self, point: &Point) -> f64 {
        let x = self.space.encode(point);
        let (w, u, v, b) = (&x[..3], x[3], x[4], x[5]);
        let k = self.interaction;
        let (base, along) = ([0.5, 0.3, 0.2], [-0.3, 0.25, 0.05]);
        let off: f64 = (0..3).map(|i| (w[i] - base[i] - k * (2.0 * u - 1.0) * along[i]).powi(2)).sum();
        let model = 0.5 * (u - 0.5 - 0.3 * k * (w[0] - 0.5)).powi(2) + 0.3 * (v - 0.3).powi(2);
        Self::OPTIMUM + 2.0 * off + model + 0.1 * (1.0 - b)
    }

    /// h: what early losses show and late ones do not.
    fn distraction(&self, point: &Point) -> f64 {
        let x = self.space.encode(point);
        match self.distraction {
            Distraction::Wavy => {
                let phase: f64 = x.iter().zip([5.0, 3.0, 7.0, 6.0, 4.0, 2.0]).map(|(x, f)| x * f).sum();
                0.2 * (1.0 + phase.sin())
            }
            Distraction::Rough => {
                let own = x.iter().fold(Seed(0), |seed, x| seed.derive("distraction", x.to_bits()));
                0.4 * own.stream("distraction", 0).random::<f64>()
            }
        }
    }

    fn curve(&self, point: &Point, seed: Seed) -> LearningCurve {
        let mut rng = seed.stream("synthetic", 0);
        let (level, h) = (self.level(point) + RUN_SD * normal::draw(&mut rng), self.distraction(point));
        let fall = |s: f64| (1.0 - self.tell) * h * (-2.0 * s).exp() + 0.8 * (-8.0 * s).exp();
        let mut curve = LearningCurve::new();
        for step in (1..=FULL / INTERVAL).map(|i| i * INTERVAL) {
            let share = step as f64 / FULL as f64;
            let loss = level + fall(share) - fall(1.0) + EVALUATION_SD * (1.0 - share) * normal::draw(&mut rng);
            // steps rise, so that none is refused
            let _ = curve.push(Steps(step), loss);
        }
        curve
    }
}

impl Trainer for Synthetic {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn full_steps(&self) -> Steps {
        Steps(FULL)
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.space.check_owns(point)?;
        let whole = self.curve(point, seed);
        let seen = whole.up_to(Steps::ZERO);
        Ok(Box::new(SyntheticRun { point: point.clone(), seed, step: Steps::ZERO, whole, seen }))
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let bad = |what: String| TrainerError::BadCheckpoint(what);
        let saved: Saved = serde_json::from_slice(saved).map_err(|e| bad(e.to_string()))?;
        let point = self.space.point_from_record(&saved.synthetic).map_err(|e| bad(e.to_string()))?;
        let mut run = self.start(&point, saved.seed)?;
        run.advance_to(saved.step).map_err(|e| bad(e.to_string()))?;
        Ok(run)
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    synthetic: PointRecord,
    seed: Seed,
    step: Steps,
}

struct SyntheticRun {
    point: Point,
    seed: Seed,
    step: Steps,
    whole: LearningCurve,
    seen: LearningCurve,
}

impl Run for SyntheticRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        if step > Steps(FULL) {
            return Err(TrainerError::PastFull { asked: step, full: Steps(FULL) });
        }
        if step > self.step {
            self.step = step;
            self.seen = self.whole.up_to(step);
        }
        Ok(if self.step == Steps(FULL) { RunState::Finished } else { RunState::Paused })
    }

    fn step(&self) -> Steps {
        self.step
    }

    fn curve(&self) -> &LearningCurve {
        &self.seen
    }

    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        let saved = Saved { synthetic: self.point.record(), seed: self.seed, step: self.step };
        serde_json::to_vec(&saved).map_err(|e| TrainerError::Failed(e.to_string()))
    }
}
