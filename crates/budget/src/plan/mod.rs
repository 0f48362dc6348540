mod text;

use jobs_core::{Allocation, AllocationError, Budget};
use serde::Serialize;

use crate::split::split;
use crate::{BoundPoint, ErrorRole, RegretBound, Sensitivity};

/// Bounds within this share of the best count as equally good.
const SLACK: f64 = 0.02;
/// Constants are divided and multiplied by this in [`Plan::sensitivity`].
const FACTOR: f64 = 2.0;

/// A budget split by the regret bound, with what one needs to judge the split: the bound's curve, how flat its valley is, and
/// how the split moves when a constant is off. `Display` gives it as text, `Serialize` as data (bounds that are infinite,
/// where T = 0, become null in JSON).
///
/// ```
/// use budget::{Plan, RegretBound};
/// use jobs_core::{Budget, Steps};
///
/// let budget = Budget { total: Steps(31_250), full: Steps(625), early: Steps(100) };
/// let plan = Plan::new(&RegretBound::default(), &budget)?;
/// assert_eq!((plan.allocation.full_runs, plan.allocation.early_runs), (17, 200));
/// assert!(plan.as_good.contains(&20));
/// println!("{plan}");
/// # Ok::<(), jobs_core::AllocationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// What is split.
    pub budget: Budget,
    /// The constants of the bound.
    pub constants: Constants,
    /// The recommended N, T and V.
    pub allocation: Allocation,
    /// Steps that pay for no further run.
    pub left_over: u64,
    /// Average-regret bound of the recommended split, in units of the objective.
    pub bound: f64,
    /// Every N whose bound is within 2 % of the best (of the N in [`Self::curve`]): between them the theory has no preference.
    /// Empty where nothing is left to search with.
    pub as_good: Vec<u64>,
    /// The best split if the predictor's error counts as systematic (or, where the plan itself counts it so, as noise).
    pub other_role: BoundPoint,
    /// The bound against N, evenly thinned to [`crate::CURVE_POINTS`].
    pub curve: Vec<BoundPoint>,
    /// The best splits with one constant divided and multiplied by 2.
    pub sensitivity: Vec<Sensitivity>,
}

/// The constants a plan was made with, in units of the objective where they have any.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Constants {
    /// B.
    pub norm_bound: f64,
    /// R0.
    pub noise_sd: f64,
    /// a of a + k N^-p.
    pub error_floor: f64,
    /// k.
    pub error_scale: f64,
    /// p.
    pub error_exponent: f64,
    /// Chance that the bound fails.
    pub delta: f64,
    /// Whether the predictor's error counts as noise or as misspecification.
    pub error_role: ErrorRole,
}

impl Plan {
    /// The plan of `allocator` for a budget.
    ///
    /// # Errors
    /// A budget that fails [`Budget::check`], one that pays for no full run besides those kept to verify, or a constant
    /// outside its range.
    pub fn new(allocator: &RegretBound, budget: &Budget) -> Result<Self, AllocationError> {
        let best = allocator.optimum(budget)?;
        let allocation = split(budget, best.full_runs, allocator.verification_runs)?;
        let curve = allocator.curve(budget)?;
        let model = &allocator.model;
        let good = |p: &&BoundPoint| p.bound.is_finite() && p.bound <= (1.0 + SLACK) * best.bound;
        let as_good = curve.iter().filter(good).map(|p| p.full_runs).collect();
        let mut other = allocator.clone();
        other.model.role = match model.role {
            ErrorRole::Noise => ErrorRole::Misspecification,
            ErrorRole::Misspecification => ErrorRole::Noise,
        };
        Ok(Self {
            budget: *budget,
            constants: Constants {
                norm_bound: model.norm_bound,
                noise_sd: model.noise_sd,
                error_floor: model.error.floor,
                error_scale: model.error.scale,
                error_exponent: model.error.exponent,
                delta: model.delta,
                error_role: model.role,
            },
            left_over: allocation.cost(budget).map_or(0, |cost| budget.total.saturating_sub(cost).0),
            allocation,
            bound: best.bound,
            as_good,
            other_role: other.optimum(budget)?,
            curve,
            sensitivity: allocator.sensitivity(budget, FACTOR)?,
        })
    }
}
