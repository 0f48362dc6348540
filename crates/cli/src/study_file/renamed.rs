//! Former names of keys, which study files may still have.

/// Section, former name and present name of a key; a section has no key.
const RENAMED: [(&str, Option<(&str, &str)>, &str); 2] =
    [("experience", None, "transfer"), ("method", Some(("fallback", "early_signal_check")), "method")];

/// The text with every former name replaced by the present one, line by line, and a notice for each with its line.
pub(super) fn present(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut out, mut notices, mut section) = (String::with_capacity(text.len()), vec![], String::new());
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let mut line = line.to_owned();
        if line.trim_start().starts_with('[') {
            section = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim().to_owned();
        }
        for (of, key, name) in RENAMED.iter().filter(|(of, ..)| *of == section) {
            match key {
                None if line.trim_start().starts_with('[') => {
                    line = line.replacen(of, name, 1);
                    notices.push((i + 1, format!("[{of}] is now called [{name}]; the old name still works")));
                }
                Some((old, new)) if line.split('=').next().is_some_and(|k| k.trim() == *old) && line.contains('=') => {
                    line = line.replacen(old, new, 1);
                    notices.push((i + 1, format!("`{old}` is now called `{new}`; the old name still works")));
                }
                _ => {}
            }
        }
        out += &line;
    }
    (out, notices)
}

/// The present name of a setting in a journal's header.
pub(super) fn setting(name: &str) -> &str {
    match name {
        "experience.studies" => "transfer.studies",
        "method.fallback" => "method.early_signal_check",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn former_names_are_replaced_in_their_section_only() {
        let old = "fallback = 1\n[method] # ours\nname = \"jobs\"\nfallback = false # fallback\n[experience]\nstudies = [\"experience\"]\n";
        let (new, notices) = present(old);
        assert_eq!(
            new,
            "fallback = 1\n[method] # ours\nname = \"jobs\"\nearly_signal_check = false # fallback\n[transfer]\nstudies = [\"experience\"]\n"
        );
        let lines: Vec<usize> = notices.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 5]);
        assert_eq!(present(&new), (new.clone(), vec![]));
    }
}
