use std::path::Path;

use jobs_core::files::write_atomic;

use crate::svg::Svg;

/// Writes `stem.svg` into a folder.
///
/// # Errors
/// If the file cannot be written; the error names it.
pub fn save(svg: &Svg, title: &str, folder: &Path, stem: &str) -> std::io::Result<()> {
    write_atomic(&folder.join(format!("{stem}.svg")), svg.document(title).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::{Anchor, Text};

    #[test]
    fn the_file_is_a_document_with_the_text_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut svg = Svg::new(100.0, 30.0);
        svg.text((5.0, 20.0), "a < b & c", Text::new(16.0, Anchor::Start));
        save(&svg, "losses < 1", folder.path(), "f").unwrap();
        let written = std::fs::read_to_string(folder.path().join("f.svg")).unwrap();
        let document = roxmltree::Document::parse(&written).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        let text = |name: &str| document.descendants().find(|n| n.tag_name().name() == name).and_then(|n| n.text());
        assert_eq!((text("title"), text("text")), (Some("losses < 1"), Some("a < b & c")));
    }
}
