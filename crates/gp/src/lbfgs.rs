//! Minimisation in a box: projected limited-memory BFGS.
//!
//! Coordinates at a bound with the gradient pointing outwards are held; the two-loop recursion (Nocedal and Wright 2006,
//! algorithm 7.4) gives a direction for the others; the step is found by backtracking along the projected path until Armijo's
//! condition holds (Bertsekas 1982).

/// Correction pairs kept.
const MEMORY: usize = 10;
/// Armijo's constant: the share of the linear decrease that is asked for.
const DECREASE: f64 = 1e-4;
/// Halvings before a direction is given up.
const BACKTRACKS: usize = 25;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Evaluations at most.
    pub(crate) evaluations: usize,
    /// Largest projected gradient at which to stop.
    pub(crate) gradient: f64,
    /// Decrease of one step, relative to `1 + |f|`, at which to stop.
    pub(crate) decrease: f64,
}

/// A function whose gradient costs something of its own: it is asked for only where a step is accepted.
pub(crate) trait Function {
    /// The value at `x`; not finite means forbidden.
    fn value(&mut self, x: &[f64]) -> f64;
    /// Writes the gradient at the point last valued.
    fn gradient(&mut self, out: &mut [f64]);
}

/// A function that gives its gradient with its value.
pub(crate) struct Joint<F> {
    f: F,
    gradient: Vec<f64>,
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Joint<F> {
    pub(crate) fn new(f: F) -> Self {
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
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    gradient: Vec<f64>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// `1 / (step . change)`.
    rho: f64,
}

/// Minimises `f` over `low <= x <= high` from `x`.
pub(crate) fn minimise(f: &mut impl Function, mut x: Vec<f64>, low: &[f64], high: &[f64], limits: Limits) -> Minimum {
    let mut gradient = vec![0.0; x.len()];
    project(&mut x, low, high);
    let value = f.value(&x);
    if value.is_finite() {
        f.gradient(&mut gradient);
    }
    go_on(f, Minimum { x, value, gradient }, low, high, limits)
}

/// Goes on from where a search ended, as if begun there; the value known there counts as one evaluation.
pub(crate) fn go_on(
    f: &mut impl Function,
    Minimum { mut x, mut value, mut gradient }: Minimum,
    low: &[f64],
    high: &[f64],
    limits: Limits,
) -> Minimum {
    let n = x.len();
    let mut evaluations = 1;
    let mut pairs: Vec<Pair> = vec![];
    let (mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n]);
    while value.is_finite() && evaluations < limits.evaluations {
        let held: Vec<bool> =
            (0..n).map(|i| (x[i] <= low[i] && gradient[i] > 0.0) || (x[i] >= high[i] && gradient[i] < 0.0)).collect();
        let steepest = (0..n).filter(|&i| !held[i]).map(|i| gradient[i].abs()).fold(0.0, f64::max);
        if steepest <= limits.gradient {
            break;
        }
        let mut direction = descent(&gradient, &held, &pairs);
        if inner(&direction, &gradient) >= 0.0 {
            pairs.clear();
            direction = descent(&gradient, &held, &pairs);
        }
        // without curvature, take a first step of moderate length
        let mut step = if pairs.is_empty() { (1.0 / norm(&direction)).min(1.0) } else { 1.0 };
        let mut accepted = None;
        for _ in 0..BACKTRACKS {
            for i in 0..n {
                next[i] = (x[i] + step * direction[i]).clamp(low[i], high[i]);
            }
            let expected: f64 = (0..n).map(|i| gradient[i] * (next[i] - x[i])).sum();
            let tried = f.value(&next);
            evaluations += 1;
            if tried.is_finite() && tried <= value + DECREASE * expected {
                f.gradient(&mut next_gradient);
                accepted = Some(tried);
                break;
            }
            if evaluations >= limits.evaluations {
                break;
            }
            step *= shrink(expected, tried - value);
        }
        let Some(lower) = accepted else {
            if pairs.is_empty() {
                break;
            }
            pairs.clear();
            continue;
        };
        let s: Vec<f64> = (0..n).map(|i| next[i] - x[i]).collect();
        let y: Vec<f64> = (0..n).map(|i| next_gradient[i] - gradient[i]).collect();
        let curvature = inner(&s, &y);
        if curvature > 1e-10 * norm(&s) * norm(&y) {
            if pairs.len() == MEMORY {
                pairs.remove(0);
            }
            pairs.push(Pair { step: s, change: y, rho: 1.0 / curvature });
        }
        let gain = value - lower;
        std::mem::swap(&mut x, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = lower;
        if gain <= limits.decrease * (1.0 + value.abs()) {
            break;
        }
    }
    Minimum { x, value, gradient }
}

/// Factor for the next step: the minimum of the parabola through value, slope and tried value, within [0.1, 0.5].
fn shrink(expected: f64, rise: f64) -> f64 {
    if rise.is_finite() { (-0.5 * expected / (rise - expected)).clamp(0.1, 0.5) } else { 0.1 }
}

fn descent(gradient: &[f64], held: &[bool], pairs: &[Pair]) -> Vec<f64> {
    let free = |v: &mut Vec<f64>| v.iter_mut().zip(held).filter(|(_, h)| **h).for_each(|(v, _)| *v = 0.0);
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    free(&mut q);
    let mut shares = vec![0.0; pairs.len()];
    for (share, pair) in shares.iter_mut().zip(pairs).rev() {
        *share = pair.rho * inner(&pair.step, &q);
        q.iter_mut().zip(&pair.change).for_each(|(q, y)| *q -= *share * y);
    }
    if let Some(last) = pairs.last() {
        let scale = 1.0 / (last.rho * inner(&last.change, &last.change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (share, pair) in shares.iter().zip(pairs) {
        let correction = share - pair.rho * inner(&pair.change, &q);
        q.iter_mut().zip(&pair.step).for_each(|(q, s)| *q += correction * s);
    }
    free(&mut q);
    q
}

fn project(x: &mut [f64], low: &[f64], high: &[f64]) {
    for i in 0..x.len() {
        x[i] = x[i].clamp(low[i], high[i]);
    }
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    inner(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIGHT: Limits = Limits { evaluations: 500, gradient: 1e-9, decrease: 0.0 };

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
}
