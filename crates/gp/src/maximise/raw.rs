//! Raw points: the starting points of a search.

use jobs_core::{Domain, Point, SearchSpace, Seed, Value};
use rand::{Rng, RngExt};

use numerics::normal;

/// Shares of the raw points: space-filling, with sparse mixtures, and around incumbents.
const DESIGN: f64 = 0.4;
const SPARSE: f64 = 0.2;
/// Incumbents whose neighbourhoods are sampled.
const INCUMBENTS: usize = 8;
/// Largest number of parts in a sparse mixture: vertices, edges and triangles.
const SPARSE_PARTS: usize = 3;
/// Range of the perturbations' spread, log-uniform, in units of encoded coordinates.
const SPREADS: (f64, f64) = (0.01, 0.3);
/// Chance that a discrete value moves in a perturbation.
const FLIP: f64 = 0.15;

/// About `n` valid points and the incumbents themselves, the same for the same seed.
pub(super) fn points(space: &SearchSpace, incumbents: &[Point], n: usize, seed: Seed) -> Vec<Point> {
    let incumbents: Vec<&Point> = incumbents.iter().filter(|p| space.check_owns(p).is_ok()).collect();
    let mut rng = seed.stream("raw points", 0);
    let has_simplex = space.dimensions().iter().any(|d| d.domain.is_mixture());
    let sparse = if has_simplex { (SPARSE * n as f64) as usize } else { 0 };
    let around = if incumbents.is_empty() { 0 } else { ((1.0 - DESIGN - SPARSE) * n as f64) as usize };
    let mut points = space.design((n - sparse - around).max(1), seed);
    points.extend((0..sparse).filter_map(|_| sparse_point(space, &mut rng)));
    let near = incumbents.len().min(INCUMBENTS);
    // better incumbents, which come first, get more
    let of_rank = |i: usize| ((i * i) as f64 / (around * around).max(1) as f64 * near as f64) as usize;
    points.extend((0..around).filter_map(|i| perturbed(space, incumbents[of_rank(i)], &mut rng)));
    points.extend(incumbents.into_iter().cloned());
    points
}

fn sparse_point(space: &SearchSpace, rng: &mut impl Rng) -> Option<Point> {
    let mut values = space.sample(rng).values().to_vec();
    for value in &mut values {
        if let Value::Simplex(shares) = value {
            let parts = shares.len();
            shares.fill(0.0);
            for _ in 0..rng.random_range(1..=SPARSE_PARTS.min(parts)) {
                shares[rng.random_range(0..parts)] += exponential(rng);
            }
            normalise(shares);
        }
    }
    // outside the limits of shares the nearest mixture counts
    space.nearest(values)
}

pub(super) fn perturbed(space: &SearchSpace, incumbent: &Point, rng: &mut impl Rng) -> Option<Point> {
    let spread = SPREADS.0 * (SPREADS.1 / SPREADS.0).powf(rng.random::<f64>());
    let mut x = space.encode(incumbent);
    for (d, range) in space.dimensions().iter().zip(space.layout()) {
        let block = &mut x[range.clone()];
        match &d.domain {
            // half of the moves shift mass between two parts, which keeps the others' zeros
            Domain::Simplex { .. } if rng.random::<bool>() => {
                let (from, to) = (rng.random_range(0..block.len()), rng.random_range(0..block.len()));
                let mass = block[from] * rng.random::<f64>();
                block[from] -= mass;
                block[to] += mass;
            }
            Domain::Simplex { .. } | Domain::Real { .. } | Domain::Integer { .. } | Domain::Ordered { .. } => {
                block.iter_mut().for_each(|v| *v += spread * normal::draw(rng));
            }
            Domain::Boolean if rng.random::<f64>() < FLIP => block[0] = 1.0 - block[0],
            Domain::Categorical { .. } if rng.random::<f64>() < FLIP => {
                block.fill(0.0);
                block[rng.random_range(0..range.len())] = 1.0;
            }
            Domain::Boolean | Domain::Categorical { .. } | Domain::Fixed { .. } => {}
        }
    }
    // outside the space the nearest valid point counts: so faces and bounds are met exactly
    space.decode(&x).ok()
}

fn exponential(rng: &mut impl Rng) -> f64 {
    -(1.0 - rng.random::<f64>()).ln() + 1e-12
}

fn normalise(shares: &mut [f64]) {
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|s| *s /= sum);
}
