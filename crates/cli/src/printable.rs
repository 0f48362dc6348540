//! Text that a terminal shows and does not obey.

/// The text without control characters and the sequences that they begin (colours, titles, cursor movements); line feeds and tabs stay.
/// What a trainer prints may be part of a message.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next_if(|next| "[]PX^_".contains(*next)) {
                Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(_) => while rest.next_if(|c| !c.is_control()).is_some() {},
                None => {}
            },
            '\u{9b}' => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_removed() {
        assert_eq!(printable("\u{1b}[31mred\u{1b}[0m\ta\r\nb"), "red\ta\nb");
        assert_eq!(printable("a\u{1b}]0;title\u{7}b\u{8}c\u{1b}c\u{9b}2Jd\u{1b}"), "abccd");
        assert_eq!(printable("Zürich → 3 %"), "Zürich → 3 %");
    }
}
