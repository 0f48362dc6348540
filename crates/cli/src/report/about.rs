//! How a report was made.

use std::time::SystemTime;

use manifest::rfc3339;
use methods::ALGORITHM_VERSION;

use super::page::text;
use super::view::View;

/// What is best, when and by which program.
pub(super) fn line(view: &View<'_>) -> String {
    let (date, seed) = (rfc3339(SystemTime::now()), view.loaded.problem.seed.0);
    let version = env!("CARGO_PKG_VERSION");
    format!("The best data mixture and model configuration found by `jobs` {version}, seed {seed}, as of {date}.")
}

/// Date, seed, versions and the study file.
pub(super) fn section(view: &View<'_>) -> String {
    let (loaded, history) = (view.loaded, view.study.history());
    let rows = [
        ("written", rfc3339(SystemTime::now())),
        ("program", format!("jobs {}, version {ALGORITHM_VERSION} of the methods", env!("CARGO_PKG_VERSION"))),
        ("method", view.study.method_name().to_owned()),
        ("seed", loaded.problem.seed.0.to_string()),
        ("study file", loaded.path.display().to_string()),
        ("journal", format!("{} events", history.events().len())),
    ];
    let rows: String =
        rows.iter().map(|(k, v)| format!("<tr><td>{k}</td><td class=\"words\">{}</td></tr>\n", text(v))).collect();
    let file = std::fs::read_to_string(&loaded.path).unwrap_or_default();
    format!(
        "<details style=\"margin-top:1rem\">\n<summary>How this page was made</summary>\n<table>\n{rows}</table>\n<pre>{}</pre>\n</details>\n",
        text(&file)
    )
}
