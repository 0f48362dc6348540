/// A limit on a metric that runs report beside that of the study.
///
/// It is a property of the evaluation that scores a run: the one with the lowest loss for [`Target::Best`](jobs_core::Target::Best), else the
/// last. A run that has not reported the metric there or before is not known to be feasible.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeConstraint {
    /// Name of the metric.
    pub metric: String,
    /// Its limit.
    pub bound: Bound,
}

/// A limit, inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// No value above this.
    AtMost(f64),
    /// No value below this.
    AtLeast(f64),
}

impl OutcomeConstraint {
    /// How far a value is beyond the limit; feasible values are at 0 or below.
    pub fn excess(&self, value: f64) -> f64 {
        match self.bound {
            Bound::AtMost(most) => value - most,
            Bound::AtLeast(least) => least - value,
        }
    }

    /// The violation by a value, 0 or more, as a share of the limit; of a limit of 0, as it is.
    pub fn violation(&self, value: f64) -> f64 {
        let (Bound::AtMost(limit) | Bound::AtLeast(limit)) = self.bound;
        let unit = if limit == 0.0 { 1.0 } else { limit.abs() };
        self.excess(value).max(0.0) / unit
    }
}

impl std::fmt::Display for OutcomeConstraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bound {
            Bound::AtMost(most) => write!(f, "{} <= {most}", self.metric),
            Bound::AtLeast(least) => write!(f, "{} >= {least}", self.metric),
        }
    }
}
