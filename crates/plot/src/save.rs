use std::path::Path;
use std::sync::Arc;

use jobs_core::files::write_atomic;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

use crate::font;
use crate::svg::Svg;

/// Why a figure could not be drawn or written.
#[derive(Debug, Error)]
pub enum PlotError {
    /// A file could not be written; the cause names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The document is not well-formed.
    #[error("the figure is not a well-formed SVG: {0}")]
    Syntax(String),
    /// The picture has no pixels, or too many.
    #[error("a picture of {width} x {height} pixels cannot be made")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The PNG encoder refused.
    #[error("the figure cannot be encoded as PNG: {0}")]
    Png(String),
}

/// Pixels of the PNG per pixel of the SVG.
pub const PNG_SCALE: f32 = 2.0;

/// Writes `stem.svg` and `stem.png` into a folder.
///
/// # Errors
/// If a file cannot be written.
pub fn save(svg: &Svg, title: &str, folder: &Path, stem: &str) -> Result<(), PlotError> {
    let document = svg.document(title);
    write_atomic(&folder.join(format!("{stem}.svg")), document.as_bytes())?;
    write_atomic(&folder.join(format!("{stem}.png")), &png(&document, PNG_SCALE)?)?;
    Ok(())
}

/// Rasterises an SVG document with the font built in; no font of the system is looked at.
///
/// # Errors
/// If it is not well-formed, or too large a picture.
pub fn png(document: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(font::bytes().to_vec());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(document, &options).map_err(|e| PlotError::Syntax(e.to_string()))?;
    let pixels = |length: f32| (length * scale).ceil() as u32;
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    let mut pixmap = Pixmap::new(width, height).ok_or(PlotError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| PlotError::Png(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::{Anchor, Text};

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
