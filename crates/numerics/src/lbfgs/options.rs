/// When to stop, and how steps are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Correction pairs kept.
    pub memory: usize,
    /// Most evaluations of the function.
    pub evaluations: usize,
    /// Most accepted steps.
    pub iterations: usize,
    /// Stops where no free coordinate of the gradient is larger.
    pub gradient: f64,
    /// Stops where every coordinate of the direction is smaller.
    pub direction: f64,
    /// Stops where a step decreases `f` by no more than this, relative to `1 + |f|`.
    pub decrease: Tolerance,
    /// A correction pair `(s, y)` is kept where `s . y` is larger than this, relative to `|s| |y|`.
    pub curvature: Tolerance,
    /// How a step along the direction is found.
    pub line_search: LineSearch,
}

impl Options {
    /// Full quasi-Newton steps, parabolic backtracking, relative tolerances.
    pub const DEFAULT: Self = Self {
        memory: 10,
        evaluations: usize::MAX,
        iterations: usize::MAX,
        gradient: 1e-6,
        direction: 0.0,
        decrease: Tolerance::relative(1e-9),
        curvature: Tolerance::relative(1e-10),
        line_search: LineSearch { first: FirstStep::UnitNorm, shrink: Shrink::Parabola, backtracks: 25, restart: true },
    };

    /// For functions of logarithms: no step changes a quantity by more than a factor e, as far from the start the function may
    /// mean nothing. Steps are halved; tolerances are absolute.
    pub const LOGARITHMS: Self = Self {
        memory: 6,
        evaluations: usize::MAX,
        iterations: 100,
        gradient: 0.0,
        direction: 1e-7,
        decrease: Tolerance::absolute(1e-6),
        curvature: Tolerance::absolute(1e-12),
        line_search: LineSearch {
            first: FirstStep::UnitCoordinate,
            shrink: Shrink::Halve,
            backtracks: 12,
            restart: false,
        },
    };
}

/// `absolute + relative * scale`, with the scale named where the tolerance is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// In the units of the quantity.
    pub absolute: f64,
    /// In units of the scale.
    pub relative: f64,
}

impl Tolerance {
    /// In the units of the quantity.
    pub const fn absolute(absolute: f64) -> Self {
        Self { absolute, relative: 0.0 }
    }

    /// In units of the scale.
    pub const fn relative(relative: f64) -> Self {
        Self { absolute: 0.0, relative }
    }
}

/// How a step along a direction is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineSearch {
    /// The step tried first.
    pub first: FirstStep,
    /// What follows a refused step.
    pub shrink: Shrink,
    /// Steps tried before the direction is given up.
    pub backtracks: usize,
    /// Whether a direction that was given up is followed by the steepest descent, instead of the end of the search.
    pub restart: bool,
}

/// The step tried first along a direction `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    /// 1; without any curvature pair `1 / |d|` where that is shorter.
    UnitNorm,
    /// 1, or as much as moves no coordinate by more than 1.
    UnitCoordinate,
}

/// What follows a refused step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrink {
    /// The minimum of the parabola through value, slope and refused value, between a tenth and a half of the step.
    Parabola,
    /// Half the step.
    Halve,
}
