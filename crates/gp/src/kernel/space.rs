use jobs_core::{Domain, SearchSpace};
use serde::{Deserialize, Serialize};

use super::{Factor, FactorColumn, Kernel, Profile, Warp};

/// Which kernel to build over a search space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelSpec {
    /// Profile over shares, reals and integers.
    pub profile: Profile,
    /// How continuous and discrete dimensions come together.
    pub mixing: Mixing,
    /// Coordinates in which shares are compared.
    pub simplex: SimplexWarp,
    /// Whether integers over a range of [`LOG_RANGE`] or more are compared by their logarithms even if the space is linear.
    pub log_integers: bool,
}

/// How continuous and discrete dimensions come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mixing {
    /// One ARD factor over all coordinates; booleans are the numbers 0 and 1.
    Plain,
    /// `w k_c k_d`: continuous times Hamming.
    Product,
    /// `w_1 k_c + w_2 k_d + w_3 k_c k_d`, the factors shared by sum and product.
    SumProduct,
    /// `w_1 k_c + w_2 k_d + w_3 k'_c k'_d`, with length scales of their own in the product (BoTorch's `MixedSingleTaskGP`).
    SumProductApart,
}

/// Coordinates in which shares are compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SimplexWarp {
    /// The shares themselves.
    Shares,
    /// `sqrt(w + eps)`.
    Sqrt {
        /// See [`Warp::Sqrt`].
        eps: f64,
    },
    /// `ln(w + eps)`, scaled.
    Log {
        /// See [`Warp::Log`].
        eps: f64,
    },
}

/// Integers from `low` to `high >= LOG_RANGE * low` span orders of magnitude.
pub const LOG_RANGE: f64 = 30.0;
/// Fidelities are compared by `ln(s + FIDELITY_EPS)`: early steps change a loss more than late ones.
const FIDELITY_EPS: f64 = 0.05;

impl Default for KernelSpec {
    /// By held-out predictive density on recorded runs (`examples/compare_kernels`, nats per outcome): logarithms of the shares gain
    /// 0.8 to 4 over the shares themselves, of ranks 0.2. The mixings are within 0.06 of each other; sum and product errs least
    /// on random runs. Matern 3/2 is level with 5/2, the RBF 0.15 behind.
    fn default() -> Self {
        Self {
            profile: Profile::Matern52,
            mixing: Mixing::SumProduct,
            simplex: SimplexWarp::Log { eps: 1e-3 },
            log_integers: true,
        }
    }
}

impl Kernel {
    /// A kernel over the encoded points of `space`. Booleans and categories count as discrete, all else as continuous; where
    /// either kind is missing, every mixing is the plain one.
    pub fn for_space(space: &SearchSpace, spec: KernelSpec) -> Self {
        Layout::of(space, spec).kernel(spec)
    }

    /// A kernel over encoded points followed by a fidelity `s` in `[0, 1]`:
    /// `k((x, s), (x', s')) = k_x(x, x') k_s(s, s') + w k'_s(s, s')`, both over `ln(s + 0.05)`. The product lets the objective
    /// change shape with `s` (Kandasamy et al. 2017, BOCA), the sum carries the learning curve common to all points.
    pub fn for_space_and_fidelity(space: &SearchSpace, spec: KernelSpec) -> Self {
        let mut layout = Layout::of(space, spec);
        layout.warps.push(Warp::Log { eps: FIDELITY_EPS });
        layout.fidelity = true;
        layout.kernel(spec)
    }
}

struct Layout {
    warps: Vec<Warp>,
    continuous: Vec<FactorColumn>,
    discrete: Vec<FactorColumn>,
    fidelity: bool,
}

impl Layout {
    fn of(space: &SearchSpace, spec: KernelSpec) -> Self {
        let mut layout = Self { warps: vec![], continuous: vec![], discrete: vec![], fidelity: false };
        for d in space.dimensions() {
            for _ in 0..d.domain.encoded_len() {
                layout.add(&d.domain, spec);
            }
            if let Domain::Categorical { .. } = d.domain {
                layout.share_last_group(d.domain.encoded_len());
            }
        }
        layout
    }

    fn add(&mut self, domain: &Domain, spec: KernelSpec) {
        let (warp, discrete, gain) = match domain {
            Domain::Simplex { .. } => (spec.simplex.warp(), false, 1.0),
            Domain::Integer { low, high, log: false } if spec.log_integers && spans_magnitudes(*low, *high) => {
                (Warp::Log { eps: *low as f64 / (high - low) as f64 }, false, 1.0)
            }
            // fixed values have no coordinate to add
            Domain::Real { .. } | Domain::Integer { .. } | Domain::Ordered { .. } | Domain::Fixed { .. } => {
                (Warp::Identity, false, 1.0)
            }
            Domain::Boolean => (Warp::Identity, true, 1.0),
            Domain::Categorical { .. } => (Warp::Identity, true, std::f64::consts::FRAC_1_SQRT_2),
        };
        let columns = if discrete { &mut self.discrete } else { &mut self.continuous };
        let group = columns.last().map_or(0, |c| c.group + 1);
        columns.push(FactorColumn { coordinate: self.warps.len(), group, gain });
        self.warps.push(warp);
    }

    fn share_last_group(&mut self, len: usize) {
        let start = self.discrete.len() - len;
        let group = self.discrete[start].group;
        self.discrete[start..].iter_mut().for_each(|c| c.group = group);
    }

    fn kernel(self, spec: KernelSpec) -> Kernel {
        let Self { warps, mut continuous, discrete, fidelity } = self;
        let plain = continuous.is_empty() || discrete.is_empty() || spec.mixing == Mixing::Plain;
        let (mut factors, mut terms) = (vec![], vec![]);
        if plain {
            let shift = continuous.last().map_or(0, |c| c.group + 1);
            let profile = if continuous.is_empty() { Profile::Rbf } else { spec.profile };
            continuous.extend(discrete.into_iter().map(|c| FactorColumn { group: c.group + shift, ..c }));
            factors.push(Factor { profile, columns: continuous });
            terms.push(vec![0]);
        } else {
            let pair = [
                Factor { profile: spec.profile, columns: continuous },
                Factor { profile: Profile::Rbf, columns: discrete },
            ];
            factors.extend(pair.clone());
            terms = match spec.mixing {
                Mixing::Plain | Mixing::Product => vec![vec![0, 1]],
                Mixing::SumProduct => vec![vec![0], vec![1], vec![0, 1]],
                Mixing::SumProductApart => {
                    factors.extend(pair);
                    vec![vec![0], vec![1], vec![2, 3]]
                }
            };
        }
        if fidelity {
            let column = FactorColumn { coordinate: warps.len() - 1, group: 0, gain: 1.0 };
            let over_steps = Factor { profile: spec.profile, columns: vec![column] };
            terms.iter_mut().for_each(|t| t.push(factors.len()));
            terms.push(vec![factors.len() + 1]);
            factors.extend([over_steps.clone(), over_steps]);
        }
        Kernel::of_sound_parts(warps, factors, terms)
    }
}

impl SimplexWarp {
    fn warp(self) -> Warp {
        match self {
            Self::Shares => Warp::Identity,
            Self::Sqrt { eps } => Warp::Sqrt { eps },
            Self::Log { eps } => Warp::Log { eps },
        }
    }
}

fn spans_magnitudes(low: i64, high: i64) -> bool {
    low > 0 && high as f64 >= LOG_RANGE * low as f64
}
