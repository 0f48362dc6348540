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

/// The line of a key in the `n`th table (from 0) of an array of tables. If that lacks the key: the line of its header, or 1.
pub(crate) fn line_of_nth(text: &str, section: &str, n: usize, key: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let name =
        |line: &str| line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim().to_owned();
    let headers = lines.iter().enumerate().filter(|(_, line)| line.starts_with("[[") && name(line) == section);
    let Some(header) = headers.map(|(i, _)| i).nth(n) else { return 1 };
    let mut own = lines[header + 1..].iter().take_while(|line| !line.starts_with('['));
    let is_key = |line: &&str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    header + 1 + own.position(is_key).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_nth_table_are_found() {
        let text = "[[limit]]\na = 1\n\n[[limit]] # two\nb = 2\na = 3\n[x]\nc = 1\n";
        assert_eq!(line_of_nth(text, "limit", 0, "a"), 2);
        assert_eq!(line_of_nth(text, "limit", 1, "a"), 6);
        assert_eq!(line_of_nth(text, "limit", 1, "c"), 4);
        assert_eq!(line_of_nth(text, "limit", 2, "a"), 1);
    }

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
