use super::ascent::ascend;
use super::objective::{Candidate, Objective};
use super::region::Region;

/// A discrete move must gain this much, relative to `1 + |value|`, so that rounding errors send no climb in circles.
const SMALLEST_GAIN: f64 = 1e-10;

/// Lengths of the first step along the limits of shares, and of one that is too short to matter.
const FIRST_SLIDE: f64 = 0.1;
const LAST_SLIDE: f64 = 1e-6;

/// Climbs from a valid point to a better one: gradients with long integers relaxed, rounded, gradients with integers held,
/// then the best discrete move, in turn until none gains.
pub(super) fn climb(objective: &Objective<'_>, region: &Region, at: &mut Candidate, ascent: usize, rounds: usize) {
    for _ in 0..rounds.max(1) {
        let region = &region.with_values(objective.space, &at.point);
        let held = region.without_integers();
        if region.has_integers() {
            follow(objective, region, at, ascent);
        }
        if !held.is_empty() {
            follow(objective, &held, at, ascent);
            if objective.space.has_limits() {
                slide(objective, &held, at, ascent);
            }
        }
        let best = objective.neighbours(&at.point).into_iter().max_by(|a, b| a.value.total_cmp(&b.value));
        match best {
            Some(best) if gains(at, &best) => *at = best,
            _ => break,
        }
    }
}

/// One ascent from a valid point and back to the nearest valid one; kept where it gains.
fn follow(objective: &Objective<'_>, region: &Region, at: &mut Candidate, ascent: usize) {
    let mut x = at.x.clone();
    ascend(objective, region, &mut x, ascent);
    if let Some(reached) = objective.nearest(&x).filter(|r| r.value > at.value) {
        *at = reached;
    }
}

/// Projected gradients (Bertsekas 1976) along the limits of shares, where the ascent ends: each step is taken to the nearest valid point.
fn slide(objective: &Objective<'_>, region: &Region, at: &mut Candidate, evaluations: usize) {
    let (mut gradient, mut length) = (vec![0.0; at.x.len()], FIRST_SLIDE);
    let slopes = |at: &Candidate, gradient: &mut [f64]| {
        objective.with_gradient(&at.x, gradient);
        // along the simplex: decoding keeps sums that are a little off 1
        for range in &region.simplexes {
            let mean = gradient[range.clone()].iter().sum::<f64>() / range.len() as f64;
            gradient[range.clone()].iter_mut().for_each(|g| *g -= mean);
        }
    };
    slopes(at, &mut gradient);
    for _ in 0..evaluations {
        let slope = region.movable().map(|i| gradient[i].powi(2)).sum::<f64>().sqrt();
        if length < LAST_SLIDE || !slope.is_finite() || slope == 0.0 {
            return;
        }
        let mut x = at.x.clone();
        region.movable().for_each(|i| x[i] += length * gradient[i] / slope);
        match objective.nearest(&x).filter(|next| gains(at, next)) {
            Some(next) => {
                *at = next;
                length *= 1.5;
                slopes(at, &mut gradient);
            }
            None => length /= 2.0,
        }
    }
}

fn gains(from: &Candidate, to: &Candidate) -> bool {
    to.value > from.value + SMALLEST_GAIN * (1.0 + from.value.abs())
}
