use std::sync::OnceLock;

use epaint_default_fonts::UBUNTU_LIGHT;
use ttf_parser::Face;

/// Family names in order of liking. Widths are the first one's; a browser without it falls back.
pub(super) const FAMILY: &str = "Ubuntu, 'Ubuntu Light', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

/// Width of a line of text at a size, in pixels, without kerning.
pub fn text_width(text: &str, size: f64) -> f64 {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    // A typical advance, for characters the font lacks.
    let typical = 0.55;
    let face = FACE.get_or_init(|| Face::parse(UBUNTU_LIGHT, 0).ok());
    let advance = |c: char| {
        let face = face.as_ref()?;
        let advance = face.glyph_hor_advance(face.glyph_index(c)?)?;
        Some(f64::from(advance) / f64::from(face.units_per_em()))
    };
    text.chars().map(|c| advance(c).unwrap_or(typical)).sum::<f64>() * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_scale() {
        assert!((text_width("ab", 10.0) - text_width("a", 10.0) - text_width("b", 10.0)).abs() < 1e-9);
        assert!((text_width("abc", 20.0) - 2.0 * text_width("abc", 10.0)).abs() < 1e-9);
        assert!(text_width("WWW", 10.0) > 1.5 * text_width("iii", 10.0), "the font was read");
        assert_eq!(text_width("", 10.0), 0.0);
    }
}
