use std::path::Path;

use jobs_core::nearest::nearest;

use super::StudyFile;
use super::old_names::is_old;
use crate::failure::Kind;

/// Parses a study file. An error has a line and, for a misspelt name, a suggestion.
pub(crate) fn parse(text: &str, path: &Path) -> anyhow::Result<StudyFile> {
    toml::from_str(text).map_err(|e| {
        let offset = e.span().map_or(0, |s| s.start);
        let line = 1 + text.bytes().take(offset).filter(|&b| b == b'\n').count();
        let message = e.message().trim().replace('\n', " ");
        Kind::Input.error(format_args!("{}:{line}: {}", path.display(), reworded(&message)))
    })
}

/// A message of serde in the words of a study file: "unknown field `a`, expected one of `b`, `c`" names keys, and the list is long.
fn reworded(message: &str) -> String {
    let kind = [("unknown field", "unknown key"), ("unknown variant", "unknown value")];
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((_, what)) = kind.iter().find(|(start, _)| message.starts_with(start)) else {
        return match (message.strip_prefix("missing field "), quoted.as_slice()) {
            (Some(_), [key]) => format!("missing key \"{key}\""),
            _ => message.to_owned(),
        };
    };
    let Some((wrong, known)) = quoted.split_first() else { return message.to_owned() };
    let known: Vec<&str> = known.iter().copied().filter(|name| !is_old(name)).collect();
    let expected = || known.iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", ");
    match nearest(wrong, &known) {
        Some(near) => format!("{what} \"{wrong}\"; did you mean \"{near}\"?"),
        None => format!("{what} \"{wrong}\"; expected one of {}", expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "seed = 3\n\n[budget]\ntotal_steps = 1000\nfull_steps = 100\n\n[trainer]\nkind = \"command\"\ncommand = [\"x\"]\n";

    fn error(from: &str, to: &str) -> String {
        assert!(VALID.contains(from));
        parse(&VALID.replace(from, to), Path::new("s.toml")).unwrap_err().to_string()
    }

    #[test]
    fn errors_have_a_line_and_a_suggestion() {
        assert!(parse(VALID, Path::new("s.toml")).is_ok());
        for (from, to, said) in [
            ("total_steps", "totl_steps", "s.toml:4: unknown key \"totl_steps\"; did you mean \"total_steps\"?"),
            ("seed", "sede", "s.toml:1: unknown key \"sede\"; did you mean \"seed\"?"),
            ("\"command\"\n", "\"comand\"\n", "unknown value \"comand\"; did you mean \"command\"?"),
            ("1000", "\"many\"", "s.toml:4: invalid type"),
            ("1000", "-5", "s.toml:4: invalid value"),
            ("[budget]", "[budget", "s.toml:3: "),
        ] {
            assert!(error(from, to).contains(said), "{}", error(from, to));
        }
        assert!(error("full_steps = 100", "full_steps = 1e9").contains("s.toml:5: invalid type"));
    }
}
