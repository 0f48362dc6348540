use super::ascent::ascend;
use super::objective::{Candidate, Objective};
use super::region::Region;

/// A discrete move must gain this much, relative to `1 + |value|`, so that rounding errors send no climb in circles.
const SMALLEST_GAIN: f64 = 1e-10;

/// Climbs from a valid point to a better one: gradients with long integers relaxed, rounded, gradients with integers held,
/// then the best discrete move, in turn until none gains.
pub(super) fn climb(objective: &Objective<'_>, region: &Region, at: &mut Candidate, ascent: usize, rounds: usize) {
    let held = region.without_integers();
    for _ in 0..rounds.max(1) {
        if region.has_integers() {
            follow(objective, region, at, ascent);
        }
        if !held.is_empty() {
            follow(objective, &held, at, ascent);
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

fn gains(from: &Candidate, to: &Candidate) -> bool {
    to.value > from.value + SMALLEST_GAIN * (1.0 + from.value.abs())
}
