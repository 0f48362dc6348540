//! What things look like: one colour, dash and marker per method, in every figure.

use std::fmt;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Colour {
    /// This colour with `part`, 0 to 1, of another in it.
    pub fn mixed(self, other: Self, part: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + part.clamp(0.0, 1.0) * (f64::from(b) - f64::from(a))).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// Text and axes.
pub const INK: Colour = Colour(38, 38, 38);
/// Lines that only guide the eye.
pub const GRID: Colour = Colour(232, 232, 232);
/// Shaded ranges.
pub const SHADE: Colour = Colour(238, 238, 240);
/// Notes inside panels.
pub const NOTE: Colour = Colour(110, 110, 115);
/// Where the method a figure is about is behind.
pub const BEHIND: Colour = Colour(0, 114, 178);
/// The page.
pub const PAPER: Colour = Colour(255, 255, 255);

/// Size of tick labels.
pub const TICK_SIZE: f64 = 12.0;
/// Size of axis labels and legends.
pub const LABEL_SIZE: f64 = 13.5;
/// Size of titles.
pub const TITLE_SIZE: f64 = 14.0;

/// Shapes that tell lines apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle pointing up.
    Up,
    /// A triangle pointing down.
    Down,
    /// A diagonal cross.
    Cross,
    /// An upright cross.
    Plus,
}

/// How a method is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MethodStyle<'a> {
    /// What legends call it.
    pub label: &'a str,
    /// Line, band and marker.
    pub colour: Colour,
    /// Lengths of dashes and gaps; none: a solid line.
    pub dash: &'static [f64],
    /// Marker.
    pub marker: Marker,
    /// Width of the line.
    pub width: f64,
}

const SOLID: &[f64] = &[];
const DASHED: &[f64] = &[6.0, 2.5];
const SHORT: &[f64] = &[3.0, 1.8];
const DOTTED: &[f64] = &[1.3, 1.9];
const DASH_DOT: &[f64] = &[6.0, 2.0, 1.3, 2.0];

type Row = (&'static str, MethodStyle<'static>);

const fn row(name: &'static str, label: &'static str, colour: Colour, dash: &'static [f64], marker: Marker) -> Row {
    (name, MethodStyle { label, colour, dash, marker, width: 1.5 })
}

/// Every method known. The methods of fig5 have the colours of Okabe & Ito (2008), the others those of Tol's muted scheme: both
/// keep apart for colour-blind readers.
const METHODS: &[Row] = &[
    (
        "jobs",
        MethodStyle {
            label: "JoBS (ours)",
            colour: Colour(213, 94, 0),
            dash: SOLID,
            marker: Marker::Circle,
            width: 2.3,
        },
    ),
    row("jobs-paper", "JoBS (as published)", Colour(230, 159, 0), DASHED, Marker::Square),
    row("bo-logei", "BO, LogEI", Colour(0, 114, 178), SOLID, Marker::Up),
    row("bo-ucb", "BO, UCB", Colour(86, 180, 233), DASH_DOT, Marker::Down),
    row("mf-ucb", "multi-fidelity BO, UCB", Colour(0, 158, 115), SHORT, Marker::Diamond),
    row("random", "random search", Colour(110, 110, 110), DOTTED, Marker::Cross),
    row("mf-kg", "multi-fidelity KG", Colour(17, 119, 51), DASHED, Marker::Plus),
    row("deep-kernel", "deep-kernel BO", Colour(204, 121, 167), SOLID, Marker::Diamond),
    row("hyperband", "Hyperband", Colour(170, 68, 153), DASHED, Marker::Up),
    row("bohb", "BOHB", Colour(136, 34, 85), SHORT, Marker::Down),
    row("asha", "ASHA", Colour(204, 102, 119), DASH_DOT, Marker::Square),
    row("freeze-thaw", "freeze-thaw BO", Colour(51, 34, 136), DASHED, Marker::Circle),
    row("tpe", "TPE", Colour(153, 153, 51), SHORT, Marker::Plus),
    row("data-only", "data only", Colour(68, 170, 153), DASHED, Marker::Square),
    row("model-only", "model only", Colour(136, 204, 238), SHORT, Marker::Up),
    row("data-then-model", "data, then model", Colour(221, 204, 119), DASH_DOT, Marker::Diamond),
    row("model-then-data", "model, then data", Colour(170, 140, 40), SHORT, Marker::Square),
    row("boca", "BOCA", Colour(100, 60, 160), SOLID, Marker::Up),
    row("default-config", "default-config", Colour(70, 70, 90), DOTTED, Marker::Plus),
    row("turbo", "trust-region BO", Colour(0, 100, 150), DASH_DOT, Marker::Circle),
    row("alternating", "alternating", Colour(102, 51, 0), DASHED, Marker::Cross),
];

/// So many of the first are those of fig5.
const OF_FIG5: usize = 6;

/// The style of a method. An unknown one gets one of its own name's making, the same in every figure, in a colour the known
/// methods of fig5 do not have.
pub fn method_style(name: &str) -> MethodStyle<'_> {
    if let Some((_, style)) = METHODS.iter().find(|(known, _)| *known == name) {
        return *style;
    }
    // FNV-1a: any fixed mixing of the letters will do.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let others = &METHODS[OF_FIG5..];
    let (_, borrowed) = others[(hash >> 32) as usize % others.len()];
    MethodStyle { label: name, ..borrowed }
}

/// What figures call a task: the usual spelling of the six known, else its name.
pub fn task_label(name: &str) -> &str {
    match name {
        "commonsense_qa" => "CommonsenseQA",
        "gsm8k" => "GSM8K",
        "triviaqa" => "TriviaQA",
        "truthfulqa_gen" => "TruthfulQA",
        "mmlu" => "MMLU",
        "arc_challenge" => "ARC-Challenge",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_methods_share_a_colour_and_no_two_of_fig5_a_dash_and_marker() {
        for (i, (_, a)) in METHODS.iter().enumerate() {
            for (_, b) in &METHODS[..i] {
                assert_ne!(a.colour, b.colour, "{} {}", a.label, b.label);
                assert!(i >= OF_FIG5 || (a.dash != b.dash || a.marker != b.marker), "{} {}", a.label, b.label);
            }
        }
    }

    #[test]
    fn unknown_methods_keep_their_name_and_style() {
        let style = method_style("my-method");
        assert_eq!(style.label, "my-method");
        assert_eq!(style, method_style("my-method"));
        assert!(METHODS[..OF_FIG5].iter().all(|(_, known)| known.colour != style.colour));
        assert_eq!(method_style("jobs").label, "JoBS (ours)");
    }

    #[test]
    fn colours_are_hexadecimal() {
        assert_eq!(Colour(213, 94, 0).to_string(), "#d55e00");
        assert_eq!(Colour(200, 100, 0).mixed(Colour(100, 200, 3), 0.5), Colour(150, 150, 2));
        assert_eq!(Colour(1, 2, 3).mixed(PAPER, 2.0), PAPER, "parts are at most one");
    }
}
