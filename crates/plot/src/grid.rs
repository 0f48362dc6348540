/// A rectangle on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Frame {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// Panels of one size in rows and columns, with room around and between them for labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelGrid {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Width and height of a panel's frame.
    pub panel: (f64, f64),
    /// Room between columns and between rows.
    pub gap: (f64, f64),
    /// Room left of the first column and right of the last.
    pub sides: (f64, f64),
    /// Room above the first row and below the last.
    pub ends: (f64, f64),
}

impl PanelGrid {
    /// The frame of a panel.
    pub fn frame(&self, row: usize, column: usize) -> Frame {
        Frame {
            x: self.sides.0 + column as f64 * (self.panel.0 + self.gap.0),
            y: self.ends.0 + row as f64 * (self.panel.1 + self.gap.1),
            width: self.panel.0,
            height: self.panel.1,
        }
    }

    /// The frame around all panels.
    pub fn inner(&self) -> Frame {
        let span = |n: usize, panel: f64, gap: f64| n as f64 * panel + n.saturating_sub(1) as f64 * gap;
        let (width, height) = (span(self.columns, self.panel.0, self.gap.0), span(self.rows, self.panel.1, self.gap.1));
        Frame { x: self.sides.0, y: self.ends.0, width, height }
    }

    /// Width and height of the page.
    pub fn page(&self) -> (f64, f64) {
        (self.inner().right() + self.sides.1, self.inner().bottom() + self.ends.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_fill_the_page_exactly() {
        let grid = PanelGrid {
            rows: 2,
            columns: 3,
            panel: (100.0, 80.0),
            gap: (10.0, 20.0),
            sides: (40.0, 5.0),
            ends: (15.0, 50.0),
        };
        let last = grid.frame(1, 2);
        assert_eq!((last.x, last.y), (260.0, 115.0));
        assert_eq!(grid.page(), (last.right() + 5.0, last.bottom() + 50.0));
        assert_eq!((grid.inner().right(), grid.inner().bottom()), (last.right(), last.bottom()));
    }
}
