//! Small search spaces for tests, built in one line. Not part of the public interface.
//!
//! ```
//! use jobs_core::test_spaces::TestSpace;
//!
//! let space = TestSpace::simplex(3).integer("rank", 1, 64).boolean("front").build();
//! assert_eq!(space.encoded_len(), 5);
//! ```

use crate::{Dimension, Domain, SearchSpace};

/// A space in the making.
#[derive(Clone, Debug, Default)]
pub struct TestSpace(Vec<Dimension>);

impl TestSpace {
    /// A simplex `mixture` of parts `a`, `b`, ...
    pub fn simplex(parts: u8) -> Self {
        Self::parts((b'a'..).take(parts.into()).map(|letter| char::from(letter).to_string()))
    }

    /// A simplex `mixture` of these parts.
    pub fn mixture(parts: &[&str]) -> Self {
        Self::parts(parts.iter().map(|p| (*p).to_owned()))
    }

    /// A space of numbers `x1`, `x2`, ... in `[0, 1]`.
    pub fn cube(dimensions: usize) -> Self {
        (1..=dimensions).fold(Self::default(), |space, i| space.real(&format!("x{i}"), 0.0, 1.0))
    }

    /// A mixture of three parts and one dimension of every other kind: `rank` in 1..=64, `dropout` in [0, 0.1], `front` off or on,
    /// and `method` x, y or z. Nine encoded coordinates.
    pub fn every_kind() -> SearchSpace {
        let space = Self::simplex(3).integer("rank", 1, 64).real("dropout", 0.0, 0.1).boolean("front");
        space.categorical("method", &["x", "y", "z"]).build()
    }

    fn parts(parts: impl Iterator<Item = String>) -> Self {
        Self::default().with("mixture", Domain::Simplex { parts: parts.collect() })
    }

    /// Adds a real number in `[low, high]`.
    pub fn real(self, name: &str, low: f64, high: f64) -> Self {
        self.with(name, Domain::Real { low, high, log: false })
    }

    /// Adds a real number in `[low, high]` on a logarithmic scale.
    pub fn log_real(self, name: &str, low: f64, high: f64) -> Self {
        self.with(name, Domain::Real { low, high, log: true })
    }

    /// Adds a whole number in `[low, high]`.
    pub fn integer(self, name: &str, low: i64, high: i64) -> Self {
        self.with(name, Domain::Integer { low, high, log: false })
    }

    /// Adds a whole number in `[low, high]` on a logarithmic scale.
    pub fn log_integer(self, name: &str, low: i64, high: i64) -> Self {
        self.with(name, Domain::Integer { low, high, log: true })
    }

    /// Adds a switch.
    pub fn boolean(self, name: &str) -> Self {
        self.with(name, Domain::Boolean)
    }

    /// Adds a choice.
    pub fn categorical(self, name: &str, choices: &[&str]) -> Self {
        self.with(name, Domain::Categorical { choices: choices.iter().map(|c| (*c).to_owned()).collect() })
    }

    fn with(mut self, name: &str, domain: Domain) -> Self {
        self.0.push(Dimension { name: name.to_owned(), domain });
        self
    }

    /// The space.
    ///
    /// # Panics
    /// Where the dimensions are no space.
    #[expect(clippy::panic, reason = "for tests only")]
    pub fn build(self) -> SearchSpace {
        SearchSpace::new(self.0, vec![]).unwrap_or_else(|error| panic!("not a search space: {error}"))
    }
}
