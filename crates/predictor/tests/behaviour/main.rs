//! What predictors promise, in one binary: linking Burn once is enough.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod guards;
mod laws;
mod published;
mod recorded;
