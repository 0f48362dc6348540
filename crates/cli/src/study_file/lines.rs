/// The line of a key in a section (`""`: before any section). If the text lacks the key: the line of the section, or 1.
pub(crate) fn line_of(text: &str, section: &str, key: &str) -> usize {
    let (mut here, mut header) = (String::new(), 1);
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            here = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim().to_owned();
            header = if here == section { i + 1 } else { header };
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        if here == section && name == key && line.contains('=') {
            return i + 1;
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "seed = 3\n\n[budget]\ntotal_steps = 1000\nfull_steps = 100\n\n[trainer]\nkind = \"command\"\ncommand = [\"x\"]\n";

    #[test]
    fn keys_are_found_in_their_section() {
        assert_eq!(line_of(VALID, "", "seed"), 1);
        assert_eq!(line_of(VALID, "budget", "full_steps"), 5);
        assert_eq!(line_of(VALID, "trainer", "command"), 9);
        assert_eq!(line_of(VALID, "trainer", "attempts"), 7);
        assert_eq!(line_of(VALID, "objective", "metric"), 1);
    }
}
