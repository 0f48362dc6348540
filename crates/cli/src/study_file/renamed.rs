//! Former names of keys, which study files may still have.

/// Former and present names of sections.
const SECTIONS: [(&str, &str); 1] = [("experience", "transfer")];
/// Section, former and present name of keys.
const KEYS: [(&str, &str, &str); 1] = [("method", "fallback", "early_signal_check")];

/// The text with every former name replaced by the present one, line by line, and a notice for each with its line.
pub(super) fn present(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut out, mut notices, mut section) = (String::with_capacity(text.len()), vec![], String::new());
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let mut line = line.to_owned();
        let is_header = line.trim_start().starts_with('[');
        if is_header {
            section = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim().to_owned();
        }
        if let Some((old, new)) = SECTIONS.iter().find(|(old, _)| is_header && *old == section) {
            line = line.replacen(old, new, 1);
            notices.push((i + 1, format!("[{old}] is now called [{new}]; the old name still works")));
        }
        let key = line.split_once('=').map(|(key, _)| key.trim().to_owned());
        if let Some((_, old, new)) = KEYS.iter().find(|(of, old, _)| *of == section && key.as_deref() == Some(*old)) {
            line = line.replacen(old, new, 1);
            notices.push((i + 1, format!("`{old}` is now called `{new}`; the old name still works")));
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
