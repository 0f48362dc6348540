use numerics::sums::{axpy, dot, multiply, sum};
use numerics::vectorised;

use super::{Factor, Kernel};
use crate::columns::Columns;

/// Training points as a kernel with its present parameters sees them: warped and divided by length scales, by factor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    factors: Vec<Columns>,
    /// `gain / length scale` by factor and column.
    scales: Vec<Vec<f64>>,
    /// Weights of the terms.
    weights: Vec<f64>,
    len: usize,
}

impl Inputs {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.factors.iter_mut().for_each(|f| f.truncate(len));
        self.len = self.len.min(len);
    }

    pub(crate) fn remove(&mut self, row: usize) {
        self.factors.iter_mut().for_each(|f| f.remove(row));
        self.len -= 1;
    }
}

/// Working memory for the covariances between one point and all training points. Grows to the largest size asked for and
/// is then reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cross {
    /// The point, scaled, by factor.
    at: Vec<Vec<f64>>,
    correlations: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
    product: Vec<f64>,
    total: Vec<f64>,
}

impl Cross {
    fn fit(&mut self, factors: usize, n: usize) {
        for buffers in [&mut self.correlations, &mut self.slopes] {
            buffers.resize(factors, vec![]);
            buffers.iter_mut().for_each(|b| b.resize(n, 0.0));
        }
        self.at.resize(factors, vec![]);
        self.product.resize(n, 0.0);
        self.total.resize(n, 0.0);
    }
}

impl Kernel {
    pub(crate) fn inputs<'a>(&self, xs: impl Iterator<Item = &'a [f64]>) -> Inputs {
        let by_factor = self.factors.iter().enumerate();
        let mut inputs = Inputs {
            factors: self.factors.iter().map(|f| Columns::new(f.columns.len())).collect(),
            scales: by_factor.map(|(f, factor)| factor.columns.iter().map(|c| self.scale(f, c)).collect()).collect(),
            weights: (0..self.terms.len()).map(|t| self.weight(t)).collect(),
            len: 0,
        };
        xs.for_each(|x| self.push(&mut inputs, x));
        inputs
    }

    pub(crate) fn push(&self, inputs: &mut Inputs, x: &[f64]) {
        for ((factor, columns), scales) in self.factors.iter().zip(&mut inputs.factors).zip(&inputs.scales) {
            columns.push(self.scaled(factor, scales, x));
        }
        inputs.len += 1;
    }

    fn scaled<'a>(&'a self, factor: &'a Factor, scales: &'a [f64], x: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        factor.columns.iter().zip(scales).map(|(c, s)| self.warps[c.coordinate].value(x[c.coordinate]) * s)
    }

    fn place(&self, inputs: &Inputs, x: &[f64], cross: &mut Cross) {
        cross.fit(self.factors.len(), inputs.len());
        for ((factor, at), scales) in self.factors.iter().zip(&mut cross.at).zip(&inputs.scales) {
            at.clear();
            at.extend(self.scaled(factor, scales, x));
        }
    }

    /// `out_j = k(x, x_j)`.
    pub(crate) fn cross(&self, inputs: &Inputs, x: &[f64], cross: &mut Cross, out: &mut [f64]) {
        self.place(inputs, x, cross);
        correlate(self, inputs, cross, out);
    }

    /// As [`Self::cross`], and keeps in `cross` what [`Self::pull_back`] needs.
    pub(crate) fn cross_with_slopes(&self, inputs: &Inputs, x: &[f64], cross: &mut Cross, out: &mut [f64]) {
        self.place(inputs, x, cross);
        correlate_with_slopes(self, inputs, cross, out);
    }

    /// `gradient = sum_j coefficient_j dk(x, x_j)/dx` after [`Self::cross_with_slopes`] at `x`.
    ///
    /// By `z_k`: `-(1/l_k) (s_k sum_j a_j - sum_j a_j s_jk)`, `s = z/l`, with `a_j` the coefficient times the factor's slope times
    /// the rest of the factor's terms.
    pub(crate) fn pull_back(
        &self,
        inputs: &Inputs,
        x: &[f64],
        cross: &mut Cross,
        coefficients: &[f64],
        gradient: &mut [f64],
    ) {
        by_warped(self, inputs, cross, coefficients, gradient);
        for ((g, warp), &x) in gradient.iter_mut().zip(&self.warps).zip(x) {
            *g *= warp.slope(x);
        }
    }
}

vectorised! {
    fn correlate<'a>(kernel: &'a Kernel, inputs: &'a Inputs, cross: &'a mut Cross, out: &'a mut [f64]) {
        for (f, factor) in kernel.factors.iter().enumerate() {
            squared_distances(&inputs.factors[f], &cross.at[f], &mut cross.correlations[f]);
            factor.profile.apply(&mut cross.correlations[f]);
        }
        combine(kernel, inputs, cross, out);
    }
}

vectorised! {
    fn correlate_with_slopes<'a>(kernel: &'a Kernel, inputs: &'a Inputs, cross: &'a mut Cross, out: &'a mut [f64]) {
        for (f, factor) in kernel.factors.iter().enumerate() {
            squared_distances(&inputs.factors[f], &cross.at[f], &mut cross.correlations[f]);
            factor.profile.apply_with_slope(&mut cross.correlations[f], &mut cross.slopes[f]);
        }
        combine(kernel, inputs, cross, out);
    }
}

vectorised! {
    /// [`Kernel::pull_back`] to the warped coordinates.
    fn by_warped<'a>(
        kernel: &'a Kernel,
        inputs: &'a Inputs,
        cross: &'a mut Cross,
        coefficients: &'a [f64],
        gradient: &'a mut [f64],
    ) {
        gradient.fill(0.0);
        let Cross { at, correlations, slopes, product, total } = cross;
        for (f, factor) in kernel.factors.iter().enumerate() {
            total.fill(0.0);
            for (t, term) in kernel.terms.iter().enumerate() {
                if term.contains(&f) {
                    product.fill(inputs.weights[t]);
                    for &g in term {
                        if g != f {
                            multiply(product, &correlations[g]);
                        }
                    }
                    axpy(1.0, product, total);
                }
            }
            multiply(total, &slopes[f]);
            multiply(total, coefficients);
            let sum = sum(total);
            for (k, c) in factor.columns.iter().enumerate() {
                let by_scaled = dot(total, inputs.factors[f].column(k)) - at[f][k] * sum;
                gradient[c.coordinate] += by_scaled * inputs.scales[f][k];
            }
        }
    }
}

/// `out_j = sum_t w_t prod_f correlation_fj`.
#[inline(always)]
fn combine(kernel: &Kernel, inputs: &Inputs, cross: &mut Cross, out: &mut [f64]) {
    out.fill(0.0);
    for (term, &weight) in kernel.terms.iter().zip(&inputs.weights) {
        cross.product.fill(weight);
        for &f in term {
            multiply(&mut cross.product, &cross.correlations[f]);
        }
        axpy(1.0, &cross.product, out);
    }
}

#[inline(always)]
fn squared_distances(points: &Columns, at: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (k, &a) in at.iter().enumerate() {
        for (o, z) in out.iter_mut().zip(points.column(k)) {
            *o += (z - a) * (z - a);
        }
    }
}
