//! # jobs-core: the vocabulary of JoBS and the seams between its crates
//!
//! JoBS decides, within a fixed budget of training steps, which data mixture and which model configuration to
//! fine-tune with. Every other crate of the workspace implements a trait from here and none knows another, so that any one
//! of them can be swapped:
//!
//! | trait | what it stands for | implemented in |
//! | --- | --- | --- |
//! | [`Trainer`], [`Run`] | training that can be advanced, paused and resumed | `trainer` |
//! | [`Predictor`] | final value from the first steps | `predictor` |
//! | [`Posterior`], [`Surrogate`] | a model of the objective over the space | `gp` |
//! | [`Acquisition`], [`Criterion`], [`Maximiser`] | what to try next | `gp` |
//! | [`Allocator`] | how the budget is split | `budget` |
//!
//! The words: a [`SearchSpace`] makes [`Point`]s; a run of a point yields a [`LearningCurve`]; a [`Target`] turns a curve
//! into one number. **Lower is better everywhere**: a score becomes a loss once, at the trainer's edge. Every spread is a
//! variance unless its name ends in `_sd`. Randomness comes from a [`Seed`], one ChaCha stream per purpose.
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
mod steps;
mod surrogate;
mod trainer;

pub use budget::{Allocation, AllocationError, Allocator, Budget, BudgetError};
pub use criterion::{AcquisitionOf, Criterion};
pub use curve::{CurveError, LearningCurve, Target};
pub use fidelity::{AtFidelity, CriterionAtFidelity};
pub use gaussian::Gaussian;
pub use loss_scale::LossScale;
pub use predictor::{Example, Predictor, PredictorError};
pub use prior_mean::PriorMean;
pub use run_table::{OutcomeTable, RunTable, TableError};
pub use seed::Seed;
pub use space::{
    Constraint, Dimension, Domain, Point, PointError, PointRecord, RecordValue, SearchSpace, SpaceError, Value,
};
pub use steps::Steps;
pub use surrogate::{
    Acquisition, AcquisitionValue, Fantasy, Maximiser, MaximiserError, Observation, Posterior, SearchContext,
    Suggestion, Surrogate, SurrogateError,
};
pub use trainer::{Run, RunState, Trainer, TrainerError};
