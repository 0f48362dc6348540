//! Rows as CSV.

use anyhow::Context;
use serde::Serialize;

/// Rows as CSV with a header.
///
/// # Errors
/// A row that is no flat record.
pub fn to_csv<R: Serialize>(rows: &[R]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(vec![]);
    for row in rows {
        csv.serialize(row)?;
    }
    csv.into_inner().context("a table of results")
}
