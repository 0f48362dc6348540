//! # jobs-core: the vocabulary of JoBS and the traits between its crates
//!
//! JoBS chooses, within a fixed budget of training steps, a data mixture and a model configuration for fine-tuning. The other
//! crates implement the traits of this one and can be replaced one at a time:
//!
//! | trait | what it is | implemented in |
//! | --- | --- | --- |
//! | [`Trainer`], [`Run`] | training that can be advanced, paused and resumed | `trainer`, `emulator` |
//! | [`Predictor`] | the final value, from the first steps | `predictor` |
//! | [`Posterior`], [`Surrogate`] | a model of the objective over the space | `gp` |
//! | [`Acquisition`], [`Criterion`], [`Maximiser`] | the choice of the next point | `gp` |
//! | [`Allocator`] | the split of the budget | `budget` |
//!
//! A [`SearchSpace`] has [`Point`]s, a run of a point has a [`LearningCurve`], and a [`Target`] makes one number of a curve. Three
//! conventions hold everywhere:
//!
//! - **Lower is better.** A score is turned into a loss once, in the trainer.
//! - A spread is a variance unless its name ends in `_sd`.
//! - Randomness comes from a [`Seed`], with one ChaCha stream per purpose. A purpose's name is part of every result.
//!
//! [`conformance`] tests what each implementation must satisfy; [`LossScale`] is the logarithmic scale of losses; [`lora`] has the
//! projections that adapters sit on.
//!
//! ```
//! use jobs_core::{SearchSpace, Seed};
//!
//! let space = SearchSpace::from_toml_str(r#"
//!     [[dimension]]
//!     name = "mixture"
//!     kind = "simplex"
//!     parts = ["maths", "code", "chat"]
//!
//!     [[dimension]]
//!     name = "lora_rank"
//!     kind = "integer"
//!     low = 1
//!     high = 128
//! "#).unwrap();
//! for point in space.design(8, Seed(7)) {
//!     let x = space.encode(&point);
//!     assert_eq!(x.len(), 4);
//!     assert_eq!(space.decode(&x).unwrap().integer("lora_rank"), point.integer("lora_rank"));
//! }
//! ```

mod acquisition;
mod budget;
pub mod conformance;
mod criterion;
mod curve;
mod fidelity;
pub mod files;
mod gaussian;
pub mod lora;
mod loss_scale;
pub mod nearest;
mod predictor;
mod prior_mean;
pub mod run_table;
mod seed;
pub mod space;
pub mod state;
mod steps;
mod surrogate;
#[doc(hidden)]
pub mod test_spaces;
mod trainer;

pub use acquisition::{Acquisition, AcquisitionValue, Posterior, SearchContext};
pub use budget::{Allocation, AllocationError, Allocator, Budget, BudgetError};
pub use criterion::{AcquisitionOf, Criterion, SumOf};
pub use curve::{CurveError, LearningCurve, Target};
pub use fidelity::{AtFidelity, CriterionAtFidelity};
pub use gaussian::Gaussian;
pub use loss_scale::LossScale;
pub use predictor::{Example, Predictor, PredictorError};
pub use prior_mean::PriorMean;
pub use run_table::{OutcomeTable, RunTable, TableError};
pub use seed::Seed;
pub use space::{
    Condition, Constraint, Dimension, Domain, Point, PointError, PointRecord, RecordValue, Role, SearchSpace,
    SpaceError, Value,
};
pub use steps::Steps;
pub use surrogate::{Fantasy, Maximiser, MaximiserError, Observation, Suggestion, Surrogate, SurrogateError};
pub use trainer::{Run, RunState, Trainer, TrainerError};
