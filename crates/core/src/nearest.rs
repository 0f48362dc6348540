//! Suggestions for mistyped names.

use strsim::{jaro_winkler, normalized_damerau_levenshtein};

/// No suggestion below this similarity (1: equal).
const ALIKE: f64 = 0.6;

/// The known name most similar to `name`, ignoring case; `None` where none is similar.
///
/// Likeness is the mean of Jaro-Winkler, which forgives a wrong end, and normalised Damerau-Levenshtein, which forgives
/// swapped letters; either alone finds odd matches among short names.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let likeness = |other: &str| {
        let other = other.to_lowercase();
        (jaro_winkler(&name, &other) + normalized_damerau_levenshtein(&name, &other)) / 2.0
    };
    let scored = known.iter().map(|k| (*k, likeness(k))).filter(|(_, s)| *s >= ALIKE);
    scored.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(k, _)| k)
}

/// The message ``unknown experiment `fig55`; did you mean `fig5`? (known: fig5, list)``.
pub fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let guess = nearest(name, known).map_or(String::new(), |k| format!("; did you mean `{k}`?"));
    format!("unknown {kind} `{name}`{guess} (known: {})", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["fig5", "fit-emulator", "list", "jobs", "jobs-paper", "bo-logei", "bo-ucb", "random"];

    #[test]
    fn finds_what_was_meant() {
        for (typed, meant) in [
            ("fig55", "fig5"),
            ("fgi5", "fig5"),
            ("FIG5", "fig5"),
            ("fit_emulator", "fit-emulator"),
            ("emulator", "fit-emulator"),
            ("lsit", "list"),
            ("jobspaper", "jobs-paper"),
            ("bo-logie", "bo-logei"),
            ("bo_ucb", "bo-ucb"),
            ("rnadom", "random"),
        ] {
            assert_eq!(nearest(typed, KNOWN), Some(meant), "{typed}");
        }
    }

    #[test]
    fn guesses_nothing_for_something_else() {
        assert_eq!(nearest("quarterly-report", KNOWN), None);
        assert_eq!(nearest("", KNOWN), None);
        assert_eq!(nearest("fig5", &[]), None);
    }

    #[test]
    fn the_line_names_all_there_is() {
        assert_eq!(
            unknown("experiment", "fig55", &["fig5", "list"]),
            "unknown experiment `fig55`; did you mean `fig5`? (known: fig5, list)"
        );
        assert_eq!(unknown("task", "zzz", &["gsm8k"]), "unknown task `zzz` (known: gsm8k)");
    }
}
