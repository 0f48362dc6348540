//! A long search for the noise-free optimum.
//!
//! Deterministic for a seed, and independent of the project's optimisers: random starts, then hill climbing by moves that keep a point
//! valid (shares moved from one part to another, numbers moved or sent to a bound, booleans flipped), with steps halved until they no
//! longer help; then the best are perturbed and climbed again (basin hopping).

use jobs_core::{Domain, Point, SearchSpace, Seed, Value};
use rand::{Rng, RngExt};

/// The best configuration of an emulator.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// Where.
    pub point: Point,
    /// Noise-free best loss there.
    pub value: f64,
}

/// How long to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchEffort {
    /// Random points that are evaluated.
    pub starts: usize,
    /// The best of them that are climbed from.
    pub climbs: usize,
    /// Perturbations of the best point that are climbed from.
    pub hops: usize,
}

impl Default for SearchEffort {
    fn default() -> Self {
        Self { starts: 4000, climbs: 32, hops: 60 }
    }
}

/// First and smallest step of a climb (shares, and numbers as a part of their range).
const FIRST_STEP: f64 = 0.2;
const LAST_STEP: f64 = 1e-4;
/// A move must win this much.
const MARGIN: f64 = 1e-9;

/// Minimises `value` over `space` from `known` good points and random ones; `None` if there is no start at all.
///
/// # Example
/// ```
/// use jobs_core::{SearchSpace, Seed};
/// use emulator::{SearchEffort, search_optimum};
///
/// let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'x'\nkind = 'real'\nlow = -1.0\nhigh = 1.0\n")?;
/// let away = |p: &jobs_core::Point| p.real("x").map_or(f64::INFINITY, |x| (x - 0.3).abs());
/// let found = search_optimum(&space, &[], &away, SearchEffort::default(), Seed(0));
/// assert!(found.is_some_and(|o| o.value < 1e-3));
/// # Ok::<(), jobs_core::SpaceError>(())
/// ```
pub fn search(
    space: &SearchSpace,
    known: &[Point],
    value: &dyn Fn(&Point) -> f64,
    effort: SearchEffort,
    seed: Seed,
) -> Option<Optimum> {
    let mut rng = seed.stream("optimum", 0);
    let random: Vec<Point> = (0..effort.starts).map(|_| space.sample(&mut rng)).collect();
    let mut starts: Vec<(f64, Point)> = known.iter().chain(&random).map(|p| (value(p), p.clone())).collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts.truncate(effort.climbs);
    let mut best: Option<(f64, Point)> = None;
    let mut keep = |candidate: (f64, Point)| {
        if best.as_ref().is_none_or(|b| candidate.0 < b.0) {
            best = Some(candidate);
        }
        best.clone()
    };
    let mut incumbent = None;
    for start in starts {
        incumbent = keep(climb(start, value));
    }
    for _ in 0..effort.hops {
        let Some((_, point)) = &incumbent else { break };
        let hopped = perturb(point, &mut rng);
        incumbent = keep(climb((value(&hopped), hopped), value));
    }
    incumbent.map(|(value, point)| Optimum { point, value })
}

/// Coordinate moves until none of the smallest step helps.
fn climb((mut now, mut point): (f64, Point), value: &dyn Fn(&Point) -> f64) -> (f64, Point) {
    let mut step = FIRST_STEP;
    while step >= LAST_STEP {
        let before = now;
        for dimension in 0..point.values().len() {
            for m in 0.. {
                let Some(candidate) = moved(&point, dimension, m, step) else { break };
                let Some(candidate) = candidate else { continue };
                let v = value(&candidate);
                if v < now - MARGIN {
                    (now, point) = (v, candidate);
                }
            }
        }
        if before - now <= MARGIN.max(1e-3 * step * step) {
            step *= 0.5;
        }
    }
    (now, point)
}

/// The `m`-th move of a dimension: outer `None` when there are no more, inner `None` when this one leads nowhere.
fn moved(point: &Point, dimension: usize, m: usize, step: f64) -> Option<Option<Point>> {
    let domain = &point.space().dimensions()[dimension].domain;
    let new = match (&point.values()[dimension], domain) {
        (Value::Simplex(shares), _) => {
            let k = shares.len();
            let (from, to) = (m / k, m % k);
            if from >= k {
                return None;
            }
            let amount = shares[from].min(step);
            if from == to || amount <= 0.0 {
                return Some(None);
            }
            let mut shares = shares.clone();
            shares[from] -= amount;
            shares[to] += amount;
            Value::Simplex(shares)
        }
        (Value::Real(v), Domain::Real { low, high, .. }) => {
            let u = domain.to_unit(*v);
            let to = *[u - step, u + step, 0.0, 1.0].get(m)?;
            Value::Real(domain.from_unit(to).clamp(*low, *high))
        }
        (Value::Integer(v), Domain::Integer { low, high, .. }) => {
            let wide = ((high - low) as f64 * step).round().max(1.0) as i64;
            let to = *[v - wide, v + wide, v - 1, v + 1, *low, *high, v / 2, v * 2].get(m)?;
            Value::Integer(to.clamp(*low, *high))
        }
        (Value::Boolean(v), _) => {
            if m > 0 {
                return None;
            }
            Value::Boolean(!v)
        }
        (Value::Categorical(_), Domain::Categorical { choices }) => {
            if m >= choices.len() {
                return None;
            }
            Value::Categorical(m)
        }
        _ => return None,
    };
    if new == point.values()[dimension] {
        return Some(None);
    }
    let mut values = point.values().to_vec();
    values[dimension] = new;
    Some(point.space().point(values).ok())
}

/// A point some moves away: two or three dimensions changed at random.
fn perturb(point: &Point, rng: &mut impl Rng) -> Point {
    let mut now = point.clone();
    for _ in 0..rng.random_range(2..=4usize) {
        let dimension = rng.random_range(0..now.values().len());
        let m = match &now.values()[dimension] {
            Value::Simplex(shares) => rng.random_range(0..shares.len() * shares.len()),
            Value::Boolean(_) => 0,
            Value::Real(_) => rng.random_range(0..4usize),
            Value::Integer(_) => rng.random_range(0..8usize),
            Value::Categorical(_) => rng.random_range(0..8usize),
        };
        let step = FIRST_STEP * (1.0 + 2.0 * rng.random::<f64>());
        if let Some(Some(next)) = moved(&now, dimension, m, step) {
            now = next;
        }
    }
    now
}
