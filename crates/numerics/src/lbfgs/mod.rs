//! Minimisation by limited-memory BFGS, in a box or without bounds.
//!
//! Coordinates at a bound whose gradient points outwards are held. For the others the two-loop recursion (Nocedal and Wright
//! 2006, algorithm 7.4) gives the direction `d = -H g`. Backtracking along the projected path `x(t) = clamp(x + t d)` finds a
//! step with Armijo's condition (Bertsekas 1982):
//!
//! ```text
//! f(x(t)) <= f(x) + 1e-4 g . (x(t) - x)
//! ```
//!
//! A value that is not finite marks a forbidden point, which the search backs away from. Where the start itself is forbidden
//! it is returned with that value. There are no other errors.
//!
//! ```
//! use numerics::lbfgs::{Joint, Options, minimise};
//!
//! // (x - 3)^2 + y^2 with x <= 2
//! let f = |x: &[f64], gradient: &mut [f64]| {
//!     gradient.copy_from_slice(&[2.0 * (x[0] - 3.0), 2.0 * x[1]]);
//!     (x[0] - 3.0).powi(2) + x[1].powi(2)
//! };
//! let found = minimise(&mut Joint::new(f), vec![0.0, 1.0], &[-5.0; 2], &[2.0, 5.0], Options::DEFAULT);
//! assert!((found.x[0] - 2.0).abs() < 1e-9 && found.x[1].abs() < 1e-3);
//! ```

mod options;

pub use self::options::{FirstStep, LineSearch, Options, Shrink, Tolerance};
use crate::sums::dot_in_order;

/// Armijo's constant: the required share of the linear decrease.
const DECREASE: f64 = 1e-4;

/// A function to minimise. Its gradient is evaluated separately, only where a step is accepted.
pub trait Function {
    /// The value at `x`; a value that is not finite marks a forbidden point.
    fn value(&mut self, x: &[f64]) -> f64;
    /// Writes the gradient at the point last passed to [`Function::value`].
    fn gradient(&mut self, out: &mut [f64]);
}

/// A closure that computes its gradient together with its value: `f(x, gradient) -> value`.
pub struct Joint<F> {
    f: F,
    gradient: Vec<f64>,
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Joint<F> {
    /// Wraps the closure.
    pub fn new(f: F) -> Self {
        Self { f, gradient: vec![] }
    }
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Function for Joint<F> {
    fn value(&mut self, x: &[f64]) -> f64 {
        self.gradient.resize(x.len(), 0.0);
        (self.f)(x, &mut self.gradient)
    }
    fn gradient(&mut self, out: &mut [f64]) {
        out.copy_from_slice(&self.gradient);
    }
}

/// Where the search ended.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// The point.
    pub x: Vec<f64>,
    /// Its value.
    pub value: f64,
    gradient: Vec<f64>,
}

/// Minimises `f` over `low <= x <= high` from `x`, which is moved into the box first.
pub fn minimise(f: &mut impl Function, mut x: Vec<f64>, low: &[f64], high: &[f64], options: Options) -> Minimum {
    let mut gradient = vec![0.0; x.len()];
    project(&mut x, low, high);
    let value = f.value(&x);
    if value.is_finite() {
        f.gradient(&mut gradient);
    }
    resume(f, Minimum { x, value, gradient }, low, high, options)
}

/// Minimises `f` without bounds.
pub fn minimise_unbounded(f: &mut impl Function, x: Vec<f64>, options: Options) -> Minimum {
    let (low, high) = (vec![f64::NEG_INFINITY; x.len()], vec![f64::INFINITY; x.len()]);
    minimise(f, x, &low, &high, options)
}

/// Continues from where a search ended, without its curvature pairs. The known value there counts as one evaluation.
pub fn resume(f: &mut impl Function, from: Minimum, low: &[f64], high: &[f64], options: Options) -> Minimum {
    let mut at = from;
    let mut pairs = Pairs { kept: vec![], memory: options.memory };
    let mut search = Search::new(at.x.len(), low, high, options);
    for _ in 0..options.iterations {
        if !at.value.is_finite() || search.evaluations >= options.evaluations {
            break;
        }
        let held = search.held(&at);
        if largest((0..held.len()).filter(|&i| !held[i]).map(|i| at.gradient[i])) <= options.gradient {
            break;
        }
        let mut direction = pairs.descent(&at.gradient, &held);
        if inner(&direction, &at.gradient) >= 0.0 {
            pairs.kept.clear();
            direction = pairs.descent(&at.gradient, &held);
        }
        if largest(direction.iter().copied()) < options.direction {
            break;
        }
        let Some(value) = search.along(f, &at, &direction, pairs.kept.is_empty()) else {
            if pairs.kept.is_empty() || !options.line_search.restart {
                break;
            }
            pairs.kept.clear();
            continue;
        };
        pairs.learn(&at, &search, options.curvature);
        let decrease = at.value - value;
        std::mem::swap(&mut at.x, &mut search.next);
        std::mem::swap(&mut at.gradient, &mut search.next_gradient);
        at.value = value;
        if decrease <= options.decrease.absolute + options.decrease.relative * (1.0 + value.abs()) {
            break;
        }
    }
    at
}

/// The line search, and the point that it accepted last.
struct Search<'a> {
    low: &'a [f64],
    high: &'a [f64],
    options: Options,
    evaluations: usize,
    next: Vec<f64>,
    next_gradient: Vec<f64>,
}

impl<'a> Search<'a> {
    fn new(n: usize, low: &'a [f64], high: &'a [f64], options: Options) -> Self {
        Self { low, high, options, evaluations: 1, next: vec![0.0; n], next_gradient: vec![0.0; n] }
    }

    /// Which coordinates are at a bound with the gradient pointing outwards.
    fn held(&self, at: &Minimum) -> Vec<bool> {
        let held = |i: usize| {
            (at.x[i] <= self.low[i] && at.gradient[i] > 0.0) || (at.x[i] >= self.high[i] && at.gradient[i] < 0.0)
        };
        (0..at.x.len()).map(held).collect()
    }

    /// Backtracks along a direction until Armijo's condition holds; the value there, `None` where no step was accepted.
    fn along(&mut self, f: &mut impl Function, at: &Minimum, direction: &[f64], no_curvature: bool) -> Option<f64> {
        let mut step = match self.options.line_search.first {
            FirstStep::UnitNorm if !no_curvature => 1.0,
            FirstStep::UnitNorm => (1.0 / norm(direction)).min(1.0),
            FirstStep::UnitCoordinate => (1.0 / largest(direction.iter().copied())).min(1.0),
        };
        for _ in 0..self.options.line_search.backtracks {
            for i in 0..direction.len() {
                self.next[i] = (at.x[i] + step * direction[i]).clamp(self.low[i], self.high[i]);
            }
            let expected: f64 = (0..direction.len()).map(|i| at.gradient[i] * (self.next[i] - at.x[i])).sum();
            let tried = f.value(&self.next);
            self.evaluations += 1;
            if tried.is_finite() && tried <= at.value + DECREASE * expected {
                f.gradient(&mut self.next_gradient);
                return Some(tried);
            }
            if self.evaluations >= self.options.evaluations {
                return None;
            }
            step *= match self.options.line_search.shrink {
                Shrink::Parabola => parabola(expected, tried - at.value),
                Shrink::Halve => 0.5,
            };
        }
        None
    }
}

/// Factor for the next step: the minimum of the parabola through value, slope and refused value, within [0.1, 0.5].
fn parabola(expected: f64, rise: f64) -> f64 {
    if rise.is_finite() { (-0.5 * expected / (rise - expected)).clamp(0.1, 0.5) } else { 0.1 }
}

/// A step and the change of the gradient along it.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// `1 / (step . change)`.
    rho: f64,
}

/// The last pairs, oldest first.
struct Pairs {
    kept: Vec<Pair>,
    memory: usize,
}

impl Pairs {
    /// Keeps the pair of an accepted step, unless its curvature is too small.
    fn learn(&mut self, at: &Minimum, accepted: &Search<'_>, tolerance: Tolerance) {
        let n = at.x.len();
        let s: Vec<f64> = (0..n).map(|i| accepted.next[i] - at.x[i]).collect();
        let y: Vec<f64> = (0..n).map(|i| accepted.next_gradient[i] - at.gradient[i]).collect();
        let curvature = inner(&s, &y);
        if curvature > tolerance.absolute + tolerance.relative * norm(&s) * norm(&y) {
            if self.kept.len() == self.memory {
                self.kept.remove(0);
            }
            self.kept.push(Pair { step: s, change: y, rho: 1.0 / curvature });
        }
    }

    /// `-H g` by the two-loop recursion, zero in the held coordinates.
    fn descent(&self, gradient: &[f64], held: &[bool]) -> Vec<f64> {
        let free = |v: &mut Vec<f64>| v.iter_mut().zip(held).filter(|(_, h)| **h).for_each(|(v, _)| *v = 0.0);
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        free(&mut q);
        let mut shares = vec![0.0; self.kept.len()];
        for (share, pair) in shares.iter_mut().zip(&self.kept).rev() {
            *share = pair.rho * inner(&pair.step, &q);
            q.iter_mut().zip(&pair.change).for_each(|(q, y)| *q -= *share * y);
        }
        if let Some(last) = self.kept.last() {
            let scale = 1.0 / (last.rho * inner(&last.change, &last.change));
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for (share, pair) in shares.iter().zip(&self.kept) {
            let correction = share - pair.rho * inner(&pair.change, &q);
            q.iter_mut().zip(&pair.step).for_each(|(q, s)| *q += correction * s);
        }
        free(&mut q);
        q
    }
}

fn project(x: &mut [f64], low: &[f64], high: &[f64]) {
    for i in 0..x.len() {
        x[i] = x[i].clamp(low[i], high[i]);
    }
}

/// The largest magnitude.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.map(f64::abs).fold(0.0, f64::max)
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    dot_in_order(a, b)
}

fn norm(a: &[f64]) -> f64 {
    inner(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIGHT: Options =
        Options { evaluations: 500, gradient: 1e-9, decrease: Tolerance::relative(0.0), ..Options::DEFAULT };

    fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        g[0] = -2.0 * a - 400.0 * x[0] * b;
        g[1] = 200.0 * b;
        a * a + 100.0 * b * b
    }

    #[test]
    fn finds_the_minimum_inside_the_box() {
        let mut evaluations = 0;
        let counted = |x: &[f64], g: &mut [f64]| {
            evaluations += 1;
            rosenbrock(x, g)
        };
        let m = minimise(&mut Joint::new(counted), vec![-1.2, 1.0], &[-2.0; 2], &[2.0; 2], TIGHT);
        assert!((m.x[0] - 1.0).abs() < 1e-6 && (m.x[1] - 1.0).abs() < 1e-6, "{m:?}");
        assert!(evaluations < 120, "{evaluations}");
    }

    /// With x <= 0.5 the minimum is where x = 0.5, y = 0.25 (y follows x^2).
    #[test]
    fn finds_the_minimum_on_the_border() {
        let m = minimise(&mut Joint::new(rosenbrock), vec![-1.2, 1.0], &[-2.0; 2], &[0.5, 2.0], TIGHT);
        assert!((m.x[0] - 0.5).abs() < 1e-9 && (m.x[1] - 0.25).abs() < 1e-6, "{m:?}");
    }

    #[test]
    fn forbidden_values_are_backed_away_from() {
        // -ln x + x, forbidden at x <= 0
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            if x[0] > 0.0 { x[0] - x[0].ln() } else { f64::NAN }
        };
        let m = minimise(&mut Joint::new(f), vec![8.0], &[-10.0], &[10.0], TIGHT);
        assert!((m.x[0] - 1.0).abs() < 1e-6, "{m:?}");
    }

    #[test]
    fn unit_coordinate_steps_stay_where_the_function_is_defined() {
        let options = Options { iterations: 200, ..Options::LOGARITHMS };
        let m = minimise_unbounded(&mut Joint::new(rosenbrock), vec![-1.2, 1.0], options);
        assert!((m.x[0] - 1.0).abs() < 1e-2 && (m.x[1] - 1.0).abs() < 2e-2, "{m:?}");
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            x[0] - x[0].ln()
        };
        let m = minimise_unbounded(&mut Joint::new(f), vec![0.01], Options::LOGARITHMS);
        assert!((m.x[0] - 1.0).abs() < 1e-2, "{m:?}");
        let m = minimise_unbounded(&mut Joint::new(f), vec![-1.0], Options::LOGARITHMS);
        assert_eq!(m.x, [-1.0], "a forbidden start is returned");
    }

    #[test]
    fn a_resumed_search_ends_at_the_same_minimum() {
        let (low, high) = ([-2.0; 2], [2.0; 2]);
        let first = Options { evaluations: 5, ..TIGHT };
        let m = minimise(&mut Joint::new(rosenbrock), vec![-1.2, 1.0], &low, &high, first);
        let m = resume(&mut Joint::new(rosenbrock), m, &low, &high, TIGHT);
        assert!((m.x[0] - 1.0).abs() < 1e-6 && (m.x[1] - 1.0).abs() < 1e-6, "{m:?}");
    }
}
