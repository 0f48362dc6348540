use jobs_core::{Acquisition, Gaussian, Point, Posterior, SearchSpace};

/// A valid point, its encoding and the acquisition there.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) point: Point,
    pub(super) x: Vec<f64>,
    pub(super) value: f64,
}

/// The acquisition as a function of encoded points.
pub(super) struct Objective<'a> {
    space: &'a SearchSpace,
    posterior: &'a dyn Posterior,
    acquisition: &'a dyn Acquisition,
}

impl<'a> Objective<'a> {
    pub(super) fn new(space: &'a SearchSpace, posterior: &'a dyn Posterior, acquisition: &'a dyn Acquisition) -> Self {
        Self { space, posterior, acquisition }
    }

    /// Values of valid points.
    pub(super) fn candidates(&self, points: Vec<Point>) -> Vec<Candidate> {
        let xs: Vec<Vec<f64>> = points.iter().map(|p| self.space.encode(p)).collect();
        let beliefs = self.posterior.predict_many(&xs);
        let each = points.into_iter().zip(xs).zip(beliefs);
        each.map(|((point, x), belief)| Candidate { point, x, value: self.value(belief) }).collect()
    }

    /// The nearest valid point of any encoded one.
    pub(super) fn nearest(&self, x: &[f64]) -> Option<Candidate> {
        let point = self.space.decode(x).ok()?;
        let x = self.space.encode(&point);
        let value = self.value(self.posterior.predict(&x));
        Some(Candidate { point, x, value })
    }

    /// All valid points that differ from this one by one discrete move.
    pub(super) fn neighbours(&self, of: &Point) -> Vec<Candidate> {
        self.candidates(self.space.discrete_neighbours(of))
    }

    /// Value and gradient, valid point or not. `scratch` is as long as `x`.
    pub(super) fn with_gradient(&self, x: &[f64], gradient: &mut [f64], scratch: &mut [f64]) -> f64 {
        let belief = self.posterior.predict_with_gradient(x, gradient, scratch);
        let v = self.acquisition.evaluate(belief);
        for (g, s) in gradient.iter_mut().zip(scratch) {
            *g = v.d_mean * *g + v.d_variance * *s;
        }
        v.value
    }

    fn value(&self, belief: Gaussian) -> f64 {
        self.acquisition.value(belief)
    }
}
