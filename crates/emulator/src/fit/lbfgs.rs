//! Minimisation with limited-memory BFGS (Nocedal 1980) and Armijo backtracking.

use std::collections::VecDeque;

/// Pairs of steps and gradient changes kept.
const MEMORY: usize = 10;
/// Share of the predicted decrease a step must bring.
const ARMIJO: f64 = 1e-4;
/// Relative decrease below which the search stops.
const TOLERANCE: f64 = 1e-7;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Minimises `f`, which returns its value and writes its gradient; a value that is not finite marks points to stay away
/// from. Returns the best point found.
pub(super) fn minimise(
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: Vec<f64>,
    iterations: usize,
) -> (Vec<f64>, f64) {
    let n = start.len();
    let (mut x, mut gradient) = (start, vec![0.0; n]);
    let mut value = f(&x, &mut gradient);
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for _ in 0..iterations {
        let mut direction = two_loop(&pairs, &gradient);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        if slope > -1e-12 {
            break;
        }
        let longest = direction.iter().fold(0.0f64, |m, d| m.max(d.abs()));
        let mut t = (1.0 / longest).min(1.0); // parameters are logarithms: a factor e at a time
        let mut accepted = None;
        for _ in 0..25 {
            let candidate: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + t * d).collect();
            let mut g = vec![0.0; n];
            let v = f(&candidate, &mut g);
            if v.is_finite() && v <= value + ARMIJO * t * slope {
                accepted = Some((candidate, v, g));
                break;
            }
            t *= 0.5;
        }
        let Some((next, v, g)) = accepted else { break };
        let step: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = g.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-12 {
            pairs.push_back((step, change, curvature));
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        let decrease = value - v;
        (x, gradient, value) = (next, g, v);
        if decrease <= TOLERANCE * (1.0 + value.abs()) {
            break;
        }
    }
    (x, value)
}

/// `-H g` with the inverse Hessian the pairs imply.
fn two_loop(pairs: &VecDeque<(Vec<f64>, Vec<f64>, f64)>, gradient: &[f64]) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = vec![];
    for (s, y, sy) in pairs.iter().rev() {
        let alpha = dot(s, &q) / sy;
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= alpha * y);
        alphas.push(alpha);
    }
    if let Some((_, y, sy)) = pairs.back() {
        let scale = sy / dot(y, y);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((s, y, sy), alpha) in pairs.iter().zip(alphas.iter().rev()) {
        let beta = dot(y, &q) / sy;
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (alpha - beta) * s);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn finds_the_valley_of_rosenbrock() {
        let f = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * b * x[0];
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b
        };
        let (x, value) = minimise(f, vec![-1.2, 1.0], 200);
        assert!(value < 1e-6 && (x[0] - 1.0).abs() < 1e-2, "{x:?} {value}");
    }
}
