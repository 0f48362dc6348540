use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{Criterion, Fantasy, Observation, Posterior, Seed, Surrogate, SurrogateError};

use crate::acquisition::KnowledgeGradient;
use crate::data::{Scaling, check};
use crate::model::Gp;

impl Gp {
    /// Appends the last observations, from the `factorised`-th on, to the factor. `false` where it became singular.
    fn append_from(&mut self, factorised: usize) -> bool {
        for i in factorised..self.xs.len() {
            let scratch = self.scratch.get_mut();
            let mut row = vec![0.0; i];
            self.kernel.cross(&self.inputs, &self.xs[i], &mut scratch.cross, &mut row);
            let diagonal = self.kernel.variance() + self.noise_at(i);
            if self.factor.append(&mut row, diagonal).is_err() {
                return false;
            }
            self.kernel.push(&mut self.inputs, &self.xs[i]);
        }
        true
    }

    /// Appends pending points with fantasies as outcomes. They carry the learnt noise, like evaluations.
    pub(crate) fn append_pending(&mut self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<(), SurrogateError> {
        let outcomes: Vec<f64> = match fantasy {
            Fantasy::Mean => self.predict_many(pending).into_iter().map(|p| p.mean).collect(),
            Fantasy::Constant(y) => vec![y; pending.len()],
        };
        let fantasies = pending.iter().zip(&outcomes);
        let fantasies: Vec<_> = fantasies.map(|(x, &y)| Observation { x: x.clone(), y, noise_variance: 0.0 }).collect();
        if fantasies.is_empty() {
            return Ok(());
        }
        let present = self.xs.len();
        check(&fantasies, self.kernel.dimension(), usize::MAX)?;
        if present + fantasies.len() > self.options.most {
            return Err(SurrogateError::TooMany { n: present + fantasies.len(), limit: self.options.most });
        }
        for o in fantasies {
            self.xs.push(o.x);
            self.ys.push(o.y);
            self.known_noise.push(o.noise_variance);
        }
        if self.append_from(present) {
            self.solve();
            Ok(())
        } else {
            self.refactorise()
        }
    }

    /// How many of the first observations are the present ones, outcomes aside.
    fn shared_prefix(&self, data: &[Observation]) -> usize {
        (data.iter().zip(self.xs.iter().zip(&self.known_noise)))
            .take_while(|(new, (x, noise))| new.x == **x && new.noise_variance == **noise)
            .count()
    }
}

impl Surrogate for Gp {
    /// The factor of the observations shared with the present data is kept: O(n^2) for each one appended and for new
    /// outcomes of old points. Before the first fit the outcomes are standardised on every call, after it as in the fit.
    fn condition_on(&mut self, data: &[Observation]) -> Result<(), SurrogateError> {
        check(data, self.kernel.dimension(), self.options.most)?;
        let scaling = if self.fitted { self.scaling } else { Scaling::of(data, self.options.standardise) };
        let rescaled = scaling.scale != self.scaling.scale;
        let shared = if rescaled || self.factor.len() != self.xs.len() { 0 } else { self.shared_prefix(data) };
        let (present, added) = (self.xs.len(), data.len() - shared);
        self.replace_data(data);
        self.scaling = scaling;
        // past a third of the rows, refactorising costs less than appending; jitter belongs to the matrix it was found for
        if added * 3 > data.len() || (shared < present && self.factor.jitter() > 0.0) {
            return self.refactorise();
        }
        self.factor.truncate(shared);
        self.inputs.truncate(shared);
        if self.append_from(shared) {
            self.solve();
            Ok(())
        } else {
            self.refactorise()
        }
    }

    fn fit(&mut self, data: &[Observation], _seed: Seed) -> Result<(), SurrogateError> {
        check(data, self.kernel.dimension(), self.options.most)?;
        self.replace_data(data);
        self.scaling = Scaling::of(data, self.options.standardise);
        self.fit_hyperparameters();
        self.fitted = true;
        self.refactorise()
    }

    fn noise_variance(&self) -> f64 {
        self.log_noise.exp() * self.scaling.scale.powi(2)
    }

    fn as_posterior(&self) -> &dyn Posterior {
        self
    }

    /// O(n^2) for the copy and for each pending point.
    fn with_pending(&self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<Box<dyn Surrogate>, SurrogateError> {
        let mut told = self.clone();
        told.append_pending(pending, fantasy)?;
        Ok(Box::new(told))
    }

    fn information_gain(&self) -> Option<f64> {
        Some(Gp::information_gain(self))
    }

    fn save(&self, to: &mut StateWriter) -> bool {
        self.write_state(to);
        true
    }

    fn restore(&mut self, from: &mut StateReader<'_>) -> Option<()> {
        *self = self.with_state(from)?;
        Some(())
    }

    fn knowledge_gradient(&self, targets: &[Vec<f64>], own_fidelity: Option<f64>) -> Option<Box<dyn Criterion + '_>> {
        Some(Box::new(KnowledgeGradient::new(self, targets, own_fidelity)?))
    }
}
