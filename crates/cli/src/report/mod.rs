//! The report of a study: one HTML page without external resources.

mod about;
mod charts;
mod importance;
mod mixtures;
mod page;
mod parallel;
mod predictions;
mod runs;
mod view;

use jobs::{Recommendation, Study};

use crate::best::Best;
use crate::loaded_study::LoadedStudy;

/// The page as HTML.
///
/// # Errors
/// The surrogate or the predictor cannot be fitted.
pub fn page(loaded: &LoadedStudy, study: &Study, best: &(Recommendation, Best)) -> anyhow::Result<String> {
    page::write(&view::View::of(loaded, study, best))
}

/// A page that says why there is no report.
pub(crate) fn empty_page(loaded: &LoadedStudy, why: &str) -> String {
    page::document(&page::text(&loaded.name()), &format!("<p>{}</p>\n", page::text(why)))
}

/// Text as HTML.
pub(crate) fn escaped(words: &str) -> String {
    page::text(words)
}
