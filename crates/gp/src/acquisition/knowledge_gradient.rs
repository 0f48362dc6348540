use std::cell::RefCell;

use jobs_core::{Criterion, Posterior};
use numerics::sums::dot;

use super::upper_envelope::log_gain;
use crate::kernel::{Cross, Inputs};
use crate::model::Gp;

/// Logarithm of the knowledge gradient over discrete targets (Frazier, Powell and Dayanik 2009; with the point itself among
/// them, Scott, Frazier and Powell 2011; over fidelities, Wu et al. 2020): how far one observation at `x` is expected to lower
/// the lowest posterior mean,
///
/// ```text
/// KG(x) = min_i m_i - E min_i (m_i + s_i Z),     s_i = cov(f(a_i), f(x)) / sqrt(var f(x) + noise)
/// ```
///
/// in units of the objective. The expectation is exact, so nothing is drawn and the gradient is analytic. The targets `a_i` are the
/// caller's (for example the points tried); the last one is `x` itself, at the target fidelity.
///
/// Making it takes O(n^2) for each target, a value O(n^2 + n targets).
pub struct KnowledgeGradient<'a> {
    gp: &'a Gp,
    targets: Inputs,
    /// Posterior means at the targets, in units of the objective.
    means: Vec<f64>,
    /// `C^{-1} k(a_i)`.
    weights: Vec<Vec<f64>>,
    own_fidelity: Option<f64>,
    scratch: RefCell<Scratch>,
}

/// Working memory.
#[derive(Default)]
struct Scratch {
    to_data: Cross,
    own_to_data: Cross,
    to_targets: Cross,
    k: Vec<f64>,
    own_k: Vec<f64>,
    target_k: Vec<f64>,
    rises: Vec<f64>,
    turns: Vec<f64>,
    by_rise: Vec<f64>,
    by_turn: Vec<f64>,
}

impl<'a> KnowledgeGradient<'a> {
    /// Over these targets; `None` where one is of the wrong length.
    pub(crate) fn new(gp: &'a Gp, targets: &[Vec<f64>], own_fidelity: Option<f64>) -> Option<Self> {
        let sound =
            targets.iter().all(|a| a.len() == gp.dimension()) && !(own_fidelity.is_some() && gp.dimension() == 0);
        sound.then(|| Self {
            gp,
            targets: gp.kernel.inputs(targets.iter().map(Vec::as_slice)),
            means: gp.predict_many(targets).into_iter().map(|p| p.mean).collect(),
            weights: targets.iter().map(|a| gp.explaining(a)).collect(),
            own_fidelity,
            scratch: RefCell::default(),
        })
    }

    /// `x` where it counts itself.
    fn own(&self, x: &[f64]) -> Vec<f64> {
        let mut own = x.to_vec();
        if let (Some(fidelity), Some(last)) = (self.own_fidelity, own.last_mut()) {
            *last = fidelity;
        }
        own
    }

    /// Value, and gradient where asked for.
    fn evaluate(&self, x: &[f64], gradient: Option<&mut [f64]>) -> f64 {
        let (gp, many) = (self.gp, self.means.len());
        let scale = gp.scaling.scale;
        let own = self.own(x);
        let s = &mut *self.scratch.borrow_mut();
        s.k.resize(gp.inputs.len(), 0.0);
        s.own_k.resize(gp.inputs.len(), 0.0);
        s.target_k.resize(many, 0.0);
        gp.kernel.cross_with_slopes(&gp.inputs, x, &mut s.to_data, &mut s.k);
        gp.kernel.cross_with_slopes(&gp.inputs, &own, &mut s.own_to_data, &mut s.own_k);
        gp.kernel.cross_with_slopes(&self.targets, x, &mut s.to_targets, &mut s.target_k);
        let mut explaining = s.k.clone();
        gp.factor.solve(&mut explaining);

        // the lines: minus the means, and how far a standard normal surprise moves each
        let noisy = (gp.kernel.variance() - dot(&s.k, &explaining)).max(0.0) + gp.log_noise.exp();
        let sd = noisy.sqrt();
        let own_covariance = gp.kernel.value(&own, x) - dot(&s.own_k, &explaining);
        let own_mean = gp.scaling.shift + scale * (gp.mean + dot(&s.own_k, &gp.alpha));
        s.rises.clear();
        s.rises.extend(self.means.iter().chain([&own_mean]).map(|m| -m));
        s.turns.clear();
        s.turns.extend(self.weights.iter().zip(&s.target_k).map(|(w, k)| scale * (k - dot(w, &s.k)) / sd));
        s.turns.push(scale * own_covariance / sd);
        s.by_rise.resize(many + 1, 0.0);
        s.by_turn.resize(many + 1, 0.0);
        let value = log_gain(&s.rises, &s.turns, &mut s.by_rise, &mut s.by_turn);
        if let Some(gradient) = gradient {
            self.pull_back(x, &own, &explaining, sd, s, gradient);
        }
        value
    }

    /// The chain rule, with `t_i = c_i / sd`, `d t_i = d c_i / sd - t_i d(sd^2) / (2 sd^2)`, `d(sd^2) = -2 J C^{-1} k`, and for targets
    /// `d c_i = dk(a_i, x) - J C^{-1} k(a_i)`. Of the point itself `k(own, x)` moves with the fidelity alone, for kernels are
    /// stationary.
    fn pull_back(&self, x: &[f64], own: &[f64], explaining: &[f64], sd: f64, s: &mut Scratch, gradient: &mut [f64]) {
        let (gp, many) = (self.gp, self.means.len());
        let (kernel, inputs, scale) = (&gp.kernel, &gp.inputs, gp.scaling.scale);
        let turning: f64 = s.by_turn.iter().zip(&s.turns).map(|(d, t)| d * t).sum();
        let own_turn = scale * s.by_turn[many] / sd;
        // against the data, from x
        let mut coefficients: Vec<f64> = explaining.iter().map(|e| turning * e / (sd * sd)).collect();
        let mut explaining_own = s.own_k.clone();
        gp.factor.solve(&mut explaining_own);
        for (c, w) in coefficients.iter_mut().zip(&explaining_own) {
            *c -= own_turn * w;
        }
        for (weights, d) in self.weights.iter().zip(&s.by_turn) {
            if *d != 0.0 {
                coefficients.iter_mut().zip(weights).for_each(|(c, w)| *c -= scale * d / sd * w);
            }
        }
        kernel.pull_back(inputs, x, &mut s.to_data, &coefficients, gradient);
        // against the targets
        let mut part = vec![0.0; gradient.len()];
        let to_targets: Vec<f64> = s.by_turn[..many].iter().map(|d| scale * d / sd).collect();
        kernel.pull_back(&self.targets, x, &mut s.to_targets, &to_targets, &mut part);
        gradient.iter_mut().zip(&part).for_each(|(g, p)| *g += p);
        // against the data, from the point itself, whose fidelity is held
        let own_rise = -scale * s.by_rise[many];
        let from_own: Vec<f64> =
            gp.alpha.iter().zip(explaining).map(|(alpha, e)| own_rise * alpha - own_turn * e).collect();
        kernel.pull_back(inputs, own, &mut s.own_to_data, &from_own, &mut part);
        match self.own_fidelity {
            None => gradient.iter_mut().zip(&part).for_each(|(g, p)| *g += p),
            Some(_) => {
                let last = part.len() - 1;
                gradient[..last].iter_mut().zip(&part).for_each(|(g, p)| *g += p);
                gradient[last] += own_turn * kernel.gradient(x, own)[last];
            }
        }
    }
}

impl Criterion for KnowledgeGradient<'_> {
    fn dimension(&self) -> usize {
        self.gp.dimension()
    }

    fn value(&self, x: &[f64]) -> f64 {
        if x.len() == self.dimension() { self.evaluate(x, None) } else { f64::NAN }
    }

    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        if x.len() != self.dimension() || gradient.len() != x.len() {
            gradient.fill(f64::NAN);
            return f64::NAN;
        }
        self.evaluate(x, Some(gradient))
    }
}
