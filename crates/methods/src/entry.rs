use jobs::{Method, MethodError, Problem};

/// A row of the table of methods.
pub struct MethodEntry {
    /// What figures and `--methods` call it.
    pub name: &'static str,
    /// What it is.
    pub line: &'static str,
    /// Its settings in words, part of every result's hash: changing the method means changing these.
    pub settings: &'static str,
    /// Makes it.
    pub make: fn(&Problem) -> Result<Box<dyn Method>, MethodError>,
}

impl MethodEntry {
    /// The method, ready for a problem.
    pub fn make(&self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        (self.make)(problem)
    }

    /// A row whose line says all its settings.
    pub const fn row(
        name: &'static str,
        line: &'static str,
        make: fn(&Problem) -> Result<Box<dyn Method>, MethodError>,
    ) -> Self {
        Self { name, line, settings: line, make }
    }
}
