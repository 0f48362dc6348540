use jobs_core::Gaussian;

use crate::model::Gp;

impl Gp {
    /// For each observation, the prediction of its outcome (noise included) from all the others, hyper-parameters unchanged:
    /// `mean_i = y_i - alpha_i / q_i`, `variance_i = 1 / q_i`, `q` the diagonal of `C^{-1}` (Rasmussen and Williams 2006, equation
    /// 5.12). O(n^3).
    pub fn leave_one_out(&self) -> Vec<Gaussian> {
        let scale = self.scaling.scale;
        let each = self.factor.inverse_diagonal().into_iter().zip(&self.alpha).zip(&self.ys);
        each.map(|((q, alpha), y)| Gaussian { mean: y - scale * alpha / q, variance: scale * scale / q }).collect()
    }
}
