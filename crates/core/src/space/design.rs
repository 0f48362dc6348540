use rand::{Rng, RngExt};

use super::{Domain, Point, SearchSpace, Value, choice};
use crate::Seed;

/// Length of `sobol_burley`'s sequence.
const SEQUENCE: u32 = 1 << 16;
/// Dimensions of one sequence; beyond them another scramble pads (Burley 2020).
const WIDTH: u32 = 256;

impl SearchSpace {
    /// `n` space-filling points: an Owen-scrambled Sobol sequence over the box, mapped to the simplex as a flat Dirichlet
    /// (normalised exponentials -ln u; where shares are limited, pulled towards the centre of what is allowed). Points that violate a constraint are left out and the sequence goes on. The
    /// first points of a longer design are those of a shorter one.
    pub fn design(&self, n: usize, seed: Seed) -> Vec<Point> {
        let mut index = 0u64;
        let mut points = Vec::with_capacity(n);
        while points.len() < n {
            let round = seed.derive("sobol", index / u64::from(SEQUENCE)).0 as u32;
            let i = (index % u64::from(SEQUENCE)) as u32;
            let mut coordinate = 0u32;
            let point = self.point_of_uniforms(|| {
                let u = sobol_burley::sample(i, coordinate % WIDTH, round.wrapping_add(coordinate / WIDTH));
                coordinate += 1;
                f64::from(u)
            });
            points.extend(point);
            index += 1;
        }
        points
    }

    /// One point drawn uniformly: flat over the box and over the simplex. Where shares are limited it is not quite flat.
    pub fn sample(&self, rng: &mut impl Rng) -> Point {
        loop {
            if let Some(point) = self.point_of_uniforms(|| rng.random::<f64>()) {
                return point;
            }
        }
    }

    /// A point from uniform numbers in [0, 1), one per encoded coordinate (categories take one, fixed values none); `None` where a
    /// constraint is violated.
    fn point_of_uniforms(&self, mut uniform: impl FnMut() -> f64) -> Option<Point> {
        let values = self
            .dimensions()
            .iter()
            .enumerate()
            .map(|(i, d)| match &d.domain {
                Domain::Simplex { parts } => {
                    // 1 - u lies in (0, 1]; the floor keeps the sum positive when every u is 0
                    let draws: Vec<f64> = parts.iter().map(|_| -(1.0 - uniform()).ln() + 1e-12).collect();
                    let sum: f64 = draws.iter().sum();
                    let mut shares: Vec<f64> = draws.iter().map(|e| e / sum).collect();
                    if let Some(limits) = &self.parts.limits[i] {
                        limits.shrink(&mut shares, &mut uniform);
                    }
                    Value::Simplex(shares)
                }
                Domain::Real { low, high, .. } => Value::Real(d.domain.from_unit(uniform()).clamp(*low, *high)),
                Domain::Integer { low, high, log } => {
                    let u = uniform();
                    // linear: every integer owns an equal share of the unit interval; logarithmic: the share nearest to it
                    let v = if *log {
                        d.domain.from_unit(u).round()
                    } else {
                        (*low as f64 + u * ((high - low) as f64 + 1.0)).floor()
                    };
                    Value::Integer((v as i64).clamp(*low, *high))
                }
                Domain::Boolean => Value::Boolean(uniform() >= 0.5),
                Domain::Ordered { choices } => {
                    let i = (uniform() * choices.len() as f64) as usize;
                    choice::value_of(&choices[i.min(choices.len() - 1)])
                }
                Domain::Fixed { value } => choice::value_of(value),
                Domain::Categorical { choices } => {
                    Value::Categorical(((uniform() * choices.len() as f64) as usize).min(choices.len() - 1))
                }
            })
            .collect();
        self.point(values).ok()
    }
}
