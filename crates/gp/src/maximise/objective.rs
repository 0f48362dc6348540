use jobs_core::{Criterion, Point, SearchSpace};

/// A valid point, its encoding and its worth.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) point: Point,
    pub(super) x: Vec<f64>,
    pub(super) value: f64,
}

/// A criterion over the points of a space.
pub(super) struct Objective<'a> {
    pub(super) space: &'a SearchSpace,
    criterion: &'a dyn Criterion,
}

impl<'a> Objective<'a> {
    pub(super) fn new(space: &'a SearchSpace, criterion: &'a dyn Criterion) -> Self {
        Self { space, criterion }
    }

    /// Values of valid points.
    pub(super) fn candidates(&self, points: Vec<Point>) -> Vec<Candidate> {
        let xs: Vec<Vec<f64>> = points.iter().map(|p| self.space.encode(p)).collect();
        let values = self.criterion.values(&xs);
        let each = points.into_iter().zip(xs).zip(values);
        each.map(|((point, x), value)| Candidate { point, x, value }).collect()
    }

    /// The nearest valid point of any encoded one.
    pub(super) fn nearest(&self, x: &[f64]) -> Option<Candidate> {
        self.space.decode(x).ok().map(|point| self.at(point))
    }

    /// A valid point with its value.
    pub(super) fn at(&self, point: Point) -> Candidate {
        let x = self.space.encode(&point);
        let value = self.criterion.value(&x);
        Candidate { point, x, value }
    }

    /// All valid points that differ from this one by one discrete move.
    pub(super) fn neighbours(&self, of: &Point) -> Vec<Candidate> {
        self.candidates(self.space.discrete_neighbours(of))
    }

    /// Value and gradient, valid point or not.
    pub(super) fn with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.criterion.value_with_gradient(x, gradient)
    }
}
