//! A table stored by columns, to which rows are appended.

/// `width` columns of `len` numbers each, contiguous by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    width: usize,
    len: usize,
    stride: usize,
    data: Vec<f64>,
}

impl Columns {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    #[inline(always)]
    pub(crate) fn column(&self, k: usize) -> &[f64] {
        &self.data[k * self.stride..k * self.stride + self.len]
    }

    pub(crate) fn push(&mut self, row: impl Iterator<Item = f64>) {
        if self.len == self.stride {
            self.grow((2 * self.stride).max(16));
        }
        for (k, v) in row.take(self.width).enumerate() {
            self.data[k * self.stride + self.len] = v;
        }
        self.len += 1;
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(crate) fn remove(&mut self, row: usize) {
        for k in 0..self.width {
            let start = k * self.stride;
            self.data.copy_within(start + row + 1..start + self.len, start + row);
        }
        self.len -= 1;
    }

    fn grow(&mut self, stride: usize) {
        let mut data = vec![0.0; self.width * stride];
        for k in 0..self.width {
            data[k * stride..k * stride + self.len].copy_from_slice(self.column(k));
        }
        (self.data, self.stride) = (data, stride);
    }
}
