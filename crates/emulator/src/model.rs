use std::sync::Arc;

use jobs_core::{LearningCurve, Point, SearchSpace, Seed, Steps, Target};

use super::features::FeatureMap;
use super::level::Level;
use super::scaling::Scaling;
use super::shape::Shape;
use super::{EmulatorError, FitReport, Noise, Optimum, Provenance};

/// Emulated runs of one task: see the [module](super).
///
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulator {
    pub(super) parts: Arc<Parts>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) space: SearchSpace,
    pub(super) full_steps: Steps,
    pub(super) metric: String,
    pub(super) grid: Vec<Steps>,
    pub(super) features: FeatureMap,
    pub(super) scaling: Scaling,
    pub(super) level: Level,
    pub(super) shape: Shape,
    pub(super) noise: Noise,
    pub(super) provenance: Provenance,
    pub(super) found: Option<(Optimum, FitReport)>,
}

impl Emulator {
    /// Its name: that of the task.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// The space of its points.
    pub fn space(&self) -> &SearchSpace {
        &self.parts.space
    }

    /// Steps of a full run.
    pub fn full_steps(&self) -> Steps {
        self.parts.full_steps
    }

    /// Name of the loss.
    pub fn metric(&self) -> &str {
        &self.parts.metric
    }

    /// The steps at which a run is evaluated.
    pub fn grid(&self) -> &[Steps] {
        &self.parts.grid
    }

    /// Run-to-run noise.
    pub fn noise(&self) -> &Noise {
        &self.parts.noise
    }

    /// The noise-free optimum (target `best`), as a long search found it when the emulator was fitted.
    pub fn optimum(&self) -> Option<&Optimum> {
        self.parts.found.as_ref().map(|f| &f.0)
    }

    /// How good the fit is.
    pub fn report(&self) -> Option<&FitReport> {
        self.parts.found.as_ref().map(|f| &f.1)
    }

    /// Where it comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.parts.provenance
    }

    /// The curve of a run without run-to-run noise.
    pub fn noise_free_curve(&self, point: &Point) -> Result<LearningCurve, EmulatorError> {
        let z = self.features(point)?;
        let best = self.parts.level.value(&z);
        Ok(self.curve_of(self.parts.shape.excess(&z).into_iter().map(|e| best + e)))
    }

    /// The target's value on [`Self::noise_free_curve`]; `Best` is the faster one.
    pub fn noise_free_value(&self, point: &Point, target: Target) -> Result<f64, EmulatorError> {
        let z = self.features(point)?;
        let best = self.parts.level.value(&z);
        Ok(match target {
            Target::Best => best,
            Target::Last => best + self.parts.shape.excess(&z).last().copied().unwrap_or(0.0),
        })
    }

    /// The curve of one run: the same for the same point and seed; points share no noise, even under one seed.
    pub fn curve(&self, point: &Point, seed: Seed) -> Result<LearningCurve, EmulatorError> {
        let z = self.features(point)?;
        let best = self.parts.level.value(&z);
        let mut rng = seed.derive("emulated run", fingerprint(&self.parts.space.encode(point))).stream("noise", 0);
        let losses = self.parts.noise.run(best, self.parts.shape.excess(&z), &mut rng);
        Ok(self.curve_of(losses.into_iter()))
    }

    fn curve_of(&self, losses: impl Iterator<Item = f64>) -> LearningCurve {
        // the grid rises strictly (checked when read or fitted), so that no evaluation can be refused
        LearningCurve::from_pairs(self.parts.grid.iter().copied().zip(losses)).unwrap_or_default()
    }

    /// Standardised features of a point of the space.
    fn features(&self, point: &Point) -> Result<Vec<f64>, EmulatorError> {
        self.parts.space.check_owns(point)?;
        Ok(self.parts.features(point))
    }
}

impl Parts {
    pub(super) fn features(&self, point: &Point) -> Vec<f64> {
        let mut z = self.features.raw(point);
        self.scaling.apply(&mut z);
        z
    }
}

/// 64-bit FNV-1a over the bits of the coordinates (-0 counts as 0).
fn fingerprint(x: &[f64]) -> u64 {
    x.iter().fold(0xcbf2_9ce4_8422_2325, |h, v| {
        (v + 0.0).to_bits().to_le_bytes().iter().fold(h, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
    })
}
