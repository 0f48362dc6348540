//! # numerics: the numerical routines the workspace shares
