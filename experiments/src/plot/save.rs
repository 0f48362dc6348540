use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::font;
use super::svg::Svg;
use crate::files::write_atomic;

/// Pixels of the PNG per pixel of the SVG.
pub const PNG_SCALE: f32 = 2.0;

/// Writes `stem.svg` and `stem.png` into a folder.
///
/// # Errors
/// If a file cannot be written.
pub fn save(svg: &Svg, title: &str, folder: &Path, stem: &str) -> anyhow::Result<()> {
    let document = svg.document(title);
    write_atomic(&folder.join(format!("{stem}.svg")), document.as_bytes())?;
    write_atomic(&folder.join(format!("{stem}.png")), &png(&document, PNG_SCALE)?)
}

/// Rasterises an SVG document with the font built in; no font of the system is looked at.
///
/// # Errors
/// If it is not well-formed, or too large a picture.
pub fn png(document: &str, scale: f32) -> anyhow::Result<Vec<u8>> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(font::bytes().to_vec());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(document, &options).context("the figure is not a well-formed SVG")?;
    let pixels = |length: f32| (length * scale).ceil() as u32;
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    let mut pixmap =
        Pixmap::new(width, height).ok_or_else(|| anyhow!("a picture of {width} x {height} pixels is too large"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().context("the figure cannot be encoded as PNG")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::svg::{Anchor, Text};

    fn ink(document: &str) -> usize {
        let bytes = png(document, 1.0).unwrap();
        let pixmap = Pixmap::decode_png(&bytes).unwrap();
        pixmap.pixels().iter().filter(|p| p.red() < 128).count()
    }

    #[test]
    fn text_is_drawn_with_the_font_built_in() {
        let mut svg = Svg::new(100.0, 30.0);
        let blank = ink(&svg.document(""));
        svg.text((5.0, 20.0), "steps", Text::new(16.0, Anchor::Start));
        assert_eq!(blank, 0);
        assert!(ink(&svg.document("")) > 50);
    }

    #[test]
    fn both_files_are_written_and_the_png_is_larger() {
        let folder = tempfile::tempdir().unwrap();
        save(&Svg::new(40.0, 30.0), "t", folder.path(), "f").unwrap();
        let image = Pixmap::load_png(folder.path().join("f.png")).unwrap();
        assert_eq!((image.width(), image.height()), (80, 60));
        assert!(std::fs::read_to_string(folder.path().join("f.svg")).unwrap().starts_with("<svg"));
    }

    #[test]
    fn a_broken_document_is_an_error() {
        assert!(png("<svg", 1.0).is_err());
        assert!(png("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9e9\" height=\"9e9\"/>", 2.0).is_err());
    }
}
