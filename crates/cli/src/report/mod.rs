//! `jobs report`.

use crate::args::ReportArgs;
use crate::study_file::Place;

/// `jobs report`
pub fn run(_args: &ReportArgs, _place: &Place, _json: bool) -> anyhow::Result<()> {
    Ok(())
}
