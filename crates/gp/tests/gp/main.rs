//! Tests of the crate through its public face.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod deep;
mod golden;
mod kernels;
mod knowledge_gradient;
mod maximiser;
mod model;
mod pending;
mod prior_mean;
