//! The state of a method as a list of numbers, so that it can be kept in a file without a format for each part.

/// Writes a state.
///
/// ```
/// use jobs_core::state::{StateReader, StateWriter};
///
/// let mut to = StateWriter::default();
/// to.count(3);
/// to.list(&[0.5, f64::NAN]);
/// let numbers = to.into_numbers();
///
/// let mut from = StateReader::new(&numbers);
/// assert_eq!(from.count(), Some(3));
/// assert_eq!(from.list().map(|l| l.len()), Some(2));
/// assert_eq!(from.end(), Some(()));
/// ```
#[derive(Debug, Default)]
pub struct StateWriter(Vec<f64>);

impl StateWriter {
    /// One number; its bits are kept, NaN included.
    pub fn number(&mut self, value: f64) {
        self.0.push(value);
    }

    /// A whole number below 2^53.
    pub fn count(&mut self, value: usize) {
        self.0.push(value as f64);
    }

    /// Yes or no.
    pub fn flag(&mut self, value: bool) {
        self.count(usize::from(value));
    }

    /// A number that may be missing.
    pub fn optional(&mut self, value: Option<f64>) {
        self.flag(value.is_some());
        self.0.extend(value);
    }

    /// Numbers, preceded by their count.
    pub fn list(&mut self, values: &[f64]) {
        self.count(values.len());
        self.0.extend_from_slice(values);
    }

    /// Numbers that may be missing, preceded by their count.
    pub fn optional_list(&mut self, values: &[Option<f64>]) {
        self.count(values.len());
        values.iter().for_each(|value| self.optional(*value));
    }

    /// Everything written.
    pub fn into_numbers(self) -> Vec<f64> {
        self.0
    }
}

/// Reads what a [`StateWriter`] wrote. Every method returns `None` where the numbers are not those it expects.
#[derive(Clone, Debug)]
pub struct StateReader<'a>(&'a [f64]);

impl<'a> StateReader<'a> {
    /// A reader at the first number.
    pub fn new(numbers: &'a [f64]) -> Self {
        Self(numbers)
    }

    /// The next number.
    pub fn number(&mut self) -> Option<f64> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next number, which is whole.
    pub fn count(&mut self) -> Option<usize> {
        let value = self.number()?;
        (value >= 0.0 && value < 2f64.powi(53) && value.fract() == 0.0).then_some(value as usize)
    }

    /// The next yes or no.
    pub fn flag(&mut self) -> Option<bool> {
        self.count().filter(|&v| v < 2).map(|v| v == 1)
    }

    /// The next number that may be missing: `Some(None)` where it is.
    pub fn optional(&mut self) -> Option<Option<f64>> {
        if self.flag()? { self.number().map(Some) } else { Some(None) }
    }

    /// The next list.
    pub fn list(&mut self) -> Option<Vec<f64>> {
        let count = self.count()?;
        let (list, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(list.to_vec())
    }

    /// The next list of numbers that may be missing.
    pub fn optional_list(&mut self) -> Option<Vec<Option<f64>>> {
        // every entry takes at least one number: a count beyond the rest is wrong, and would reserve memory for nothing
        let count = self.count().filter(|&n| n <= self.0.len())?;
        (0..count).map(|_| self.optional()).collect()
    }

    /// Whether everything was read.
    pub fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut to = StateWriter::default();
        to.number(-0.0);
        to.flag(true);
        to.optional(None);
        to.optional_list(&[Some(f64::INFINITY), None]);
        to.list(&[]);
        let numbers = to.into_numbers();
        let mut from = StateReader::new(&numbers);
        assert_eq!(from.number().map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!((from.flag(), from.optional()), (Some(true), Some(None)));
        assert_eq!(from.optional_list(), Some(vec![Some(f64::INFINITY), None]));
        assert_eq!((from.list(), from.end()), (Some(vec![]), Some(())));
        assert_eq!(from.number(), None);
    }

    #[test]
    fn other_numbers_are_refused() {
        for numbers in [&[1e300][..], &[-1.0], &[0.5], &[f64::NAN], &[3.0, 1.0]] {
            assert_eq!(StateReader::new(numbers).list(), None, "{numbers:?}");
            assert_eq!(StateReader::new(numbers).optional_list(), None, "{numbers:?}");
        }
        assert_eq!(StateReader::new(&[2.0]).flag(), None);
        assert_eq!(StateReader::new(&[2.0]).end(), None);
    }
}
