use jobs_core::state::{StateReader, StateWriter};
use numerics::Cholesky;

use crate::data::Scaling;
use crate::model::Gp;

impl Gp {
    /// Hyper-parameters, data and factor. The factor is kept, not recomputed: rows that were appended have other last bits than those of a
    /// factorisation from scratch.
    pub(crate) fn write_state(&self, to: &mut StateWriter) {
        to.list(self.kernel.parameters());
        [self.log_noise, self.mean, self.scaling.shift, self.scaling.scale].into_iter().for_each(|v| to.number(v));
        to.flag(self.fitted);
        to.count(self.searched_at);
        to.list(&self.ys);
        to.list(&self.known_noise);
        to.list(&self.xs.concat());
        to.list(&self.alpha);
        to.number(self.factor.jitter());
        let rows: Vec<&[f64]> = (0..self.factor.len()).map(|i| self.factor.row(i)).collect();
        to.list(&rows.concat());
    }

    /// This model with the state that [`Self::write_state`] wrote; `None` where it is that of another model.
    pub(crate) fn with_state(&self, from: &mut StateReader<'_>) -> Option<Self> {
        let mut gp = self.clone();
        gp.kernel.set_parameters(&from.list()?).ok()?;
        (gp.log_noise, gp.mean) = (from.number()?, from.number()?);
        gp.scaling = Scaling { shift: from.number()?, scale: from.number()? };
        (gp.fitted, gp.searched_at) = (from.flag()?, from.count()?);
        (gp.ys, gp.known_noise) = (from.list()?, from.list()?);
        let xs = from.list()?;
        gp.alpha = from.list()?;
        let jitter = from.number()?;
        gp.factor = Cholesky::from_factor(&from.list()?, jitter)?;
        let (n, d) = (gp.ys.len(), gp.kernel.dimension());
        let lengths = [gp.known_noise.len(), gp.alpha.len(), gp.factor.len()];
        if lengths != [n; 3] || xs.len() != n * d {
            return None;
        }
        gp.xs = xs.chunks_exact(d.max(1)).map(<[f64]>::to_vec).collect();
        gp.inputs = gp.kernel.inputs(gp.xs.iter().map(Vec::as_slice));
        Some(gp)
    }
}
