//! What predictors promise, in one binary: linking Burn once is enough.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod conformance;
mod guards;
mod published;
mod recorded;
