use std::collections::VecDeque;

use crate::cholesky::dot;

/// Pairs of steps and gradient changes kept.
const MEMORY: usize = 6;
/// Armijo's constant.
const SUFFICIENT: f64 = 1e-4;
/// Step halvings before a direction is given up.
const HALVINGS: usize = 12;

/// Minimises a smooth function by L-BFGS with backtracking (Nocedal & Wright 2006, algorithm 7.5).
///
/// `f` writes the gradient and returns the value, `None` where it is undefined. Returns the best point found; `start`
/// itself if `f` is undefined there.
pub(crate) fn minimise(
    mut f: impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    start: &[f64],
    iterations: usize,
) -> Vec<f64> {
    let d = start.len();
    let (mut x, mut gradient) = (start.to_vec(), vec![0.0; d]);
    let Some(mut value) = f(&x, &mut gradient) else { return x };
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    for _ in 0..iterations {
        let mut direction = two_loop(&pairs, &gradient);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
            pairs.clear();
        }
        let longest = direction.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        if longest < 1e-7 {
            break;
        }
        // the first steps of a cold start must not leave the region where the function means anything
        let mut step = (1.0 / longest).min(1.0);
        let mut moved = None;
        for _ in 0..HALVINGS {
            let trial: Vec<f64> = x.iter().zip(&direction).map(|(a, b)| a + step * b).collect();
            let mut trial_gradient = vec![0.0; d];
            if let Some(v) = f(&trial, &mut trial_gradient).filter(|v| *v <= value + SUFFICIENT * step * slope) {
                moved = Some((trial, trial_gradient, v));
                break;
            }
            step *= 0.5;
        }
        let Some((new_x, new_gradient, new_value)) = moved else { break };
        let s: Vec<f64> = new_x.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let sy = dot(&s, &y);
        if sy > 1e-12 {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((s, y, 1.0 / sy));
        }
        let gain = value - new_value;
        (x, gradient, value) = (new_x, new_gradient, new_value);
        if gain < 1e-6 {
            break;
        }
    }
    x
}

/// -H g by the two-loop recursion.
fn two_loop(pairs: &VecDeque<(Vec<f64>, Vec<f64>, f64)>, gradient: &[f64]) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut shares = Vec::with_capacity(pairs.len());
    for (s, y, rho) in pairs.iter().rev() {
        let a = rho * dot(s, &q);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= a * y);
        shares.push(a);
    }
    if let Some((_, y, rho)) = pairs.back() {
        let scale = 1.0 / (rho * dot(y, y));
        q.iter_mut().for_each(|v| *v *= scale);
    }
    for ((s, y, rho), a) in pairs.iter().zip(shares.into_iter().rev()) {
        let b = rho * dot(y, &q);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (a - b) * s);
    }
    q.iter().map(|v| -v).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum_of_rosenbrock() {
        let rosenbrock = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * x[0] * b;
            g[1] = 200.0 * b;
            Some(a * a + 100.0 * b * b)
        };
        let x = minimise(rosenbrock, &[-1.2, 1.0], 200);
        assert!((x[0] - 1.0).abs() < 1e-2 && (x[1] - 1.0).abs() < 2e-2, "{x:?}");
    }

    #[test]
    fn stays_where_the_function_is_defined() {
        let log = |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            (x[0] > 0.0).then(|| x[0] - x[0].ln())
        };
        assert!((minimise(log, &[0.01], 100)[0] - 1.0).abs() < 1e-2);
        assert_eq!(minimise(log, &[-1.0], 100), vec![-1.0]);
    }
}
