/// How values become places along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// In proportion to the logarithm.
    Log,
}

/// A labelled place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub value: f64,
    /// What it says.
    pub label: String,
}

/// A range of values with ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Scale.
    pub scale: Scale,
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// Ticks, all within.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// From `low` to `high` with about `count` ticks at round values.
    pub fn linear(low: f64, high: f64, count: usize) -> Self {
        Self::with_labels(low, high, count, |value, step| linear_label(value, step, low.abs().max(high.abs())))
    }

    /// Training steps from 0 with about `count` ticks: `0`, `5k`, `10k`.
    pub fn steps(high: f64, count: usize) -> Self {
        Self::with_labels(0.0, high, count, |value, _| step_label(value))
    }

    /// On a logarithmic scale with ticks at 1, 2 and 5 times the powers of ten, or the powers alone where those would crowd.
    /// Both ends should be positive; where they are not, the range is the three powers of ten below the higher.
    pub fn log(low: f64, high: f64) -> Self {
        let high = if high.is_finite() && high > 0.0 { high } else { 1.0 };
        let low = if low > 0.0 && low < high { low } else { high / 1e3 };
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let digits: &[f64] = if (high / low).log10() > 2.2 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let values = (first..=last).flat_map(|e| digits.iter().map(move |d| (d * 10_f64.powi(e), e)));
        let ticks = values
            .filter(|(v, _)| (low..=high).contains(v))
            .map(|(value, e)| Tick { value, label: format!("{value:.*}", usize::try_from(-e).unwrap_or(0)) });
        Self { scale: Scale::Log, low, high, ticks: ticks.collect() }
    }

    /// Names at 0, 1, 2, ..., each in the middle of a slot of width 1.
    pub fn names(names: &[&str]) -> Self {
        let ticks = names.iter().enumerate().map(|(i, n)| Tick { value: i as f64, label: (*n).to_owned() });
        Self { scale: Scale::Linear, low: -0.5, high: names.len() as f64 - 0.5, ticks: ticks.collect() }
    }

    fn with_labels(low: f64, high: f64, count: usize, label: impl Fn(f64, f64) -> String) -> Self {
        let (low, high) = sound(low, high);
        let multiples = |count: usize| {
            let step = round_step((high - low) / count as f64);
            (step, (low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64)
        };
        // Two ticks say too little about a range; a finer step is wanted then.
        let enough = |(_, first, last): &(f64, i64, i64)| last - first >= 2;
        let count = count.max(1);
        let (step, first, last) = (count..=count + 3).map(multiples).find(enough).unwrap_or_else(|| multiples(count));
        // Adding 0.0 turns a negative zero, which would be labelled "-0", into zero.
        let values = (first..=last).map(|i| i as f64 * step + 0.0);
        let ticks = values.map(|value| Tick { value, label: label(value, step) }).collect();
        Self { scale: Scale::Linear, low, high, ticks }
    }

    /// The place of a value: 0 at `low`, 1 at `high`.
    pub fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            // Values at or below zero lie below any axis.
            Scale::Log if value <= 0.0 => -1e3,
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        }
    }
}

/// Ends of the widest axis.
const LARGEST: f64 = f64::MAX / 4.0;
/// The narrowest range whose ticks can be computed.
const NARROWEST: f64 = 1e-290;

/// A range that has a width, whatever it was made from.
fn sound(low: f64, high: f64) -> (f64, f64) {
    let finite = (low.is_finite(), high.is_finite());
    // the width of the largest range would be infinite
    let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
    match finite {
        (true, true) if high - low > (1e-12 * low.abs().max(high.abs())).max(NARROWEST) => (low, high),
        (true, _) => (low - low.abs().max(1e-6) * 0.5, low + low.abs().max(1e-6) * 0.5),
        _ => (0.0, 1.0),
    }
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powi(step.log10().floor() as i32);
    let digit = [1.0, 2.0, 2.5, 5.0].into_iter().find(|d| d * power >= step * (1.0 - 1e-9));
    digit.unwrap_or(10.0) * power
}

/// Digits after the point that multiples of `step` need.
fn decimals(step: f64) -> usize {
    let needs = |digits: &i32| {
        let scaled = step * 10_f64.powi(*digits);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    (0..9).find(needs).unwrap_or(9) as usize
}

/// A label of an axis that goes to `largest`; with an exponent where digits would crowd.
fn linear_label(value: f64, step: f64, largest: f64) -> String {
    if largest < 1e7 && step >= 9e-6 {
        return format!("{value:.*}", decimals(step));
    }
    if value.abs() < 0.5 * step {
        return "0".to_owned();
    }
    let power = value.abs().log10().floor();
    format!("{value:.*e}", decimals(step / 10_f64.powf(power)))
}

/// `0`, `500`, `2.5k`, `10k`, `1M`.
pub fn step_label(steps: f64) -> String {
    let (value, unit) = match steps.abs() {
        s if s >= 1e6 => (steps / 1e6, "M"),
        s if s >= 1e3 => (steps / 1e3, "k"),
        _ => (steps, ""),
    };
    let text = format!("{value:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&Axis::steps(31_250.0, 4)), ["0", "10k", "20k", "30k"]);
        assert_eq!(labels(&Axis::steps(9_375.0, 4)), ["0", "2.5k", "5k", "7.5k"]);
        assert_eq!(labels(&Axis::steps(1_000.0, 4)), ["0", "250", "500", "750", "1k"]);
        assert_eq!(labels(&Axis::linear(-1e300, 1e300, 4)), ["-1.0e300", "-5e299", "0", "5e299", "1.0e300"]);
        assert_eq!(labels(&Axis::linear(1.1e-6, 1.31e-6, 4)), ["1.1e-6", "1.2e-6", "1.3e-6"]);
        assert_eq!(labels(&Axis::linear(0.87, 1.03, 4)), ["0.90", "0.95", "1.00"]);
        assert_eq!(labels(&Axis::linear(0.468, 0.5085, 4)), ["0.47", "0.48", "0.49", "0.50"]);
        assert_eq!(labels(&Axis::linear(-1.0, 1.0, 4)), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(&Axis::linear(0.8712, 0.8751, 4)), ["0.872", "0.873", "0.874", "0.875"]);
        assert_eq!(labels(&Axis::log(0.004, 0.3)), ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2"]);
        assert_eq!(labels(&Axis::log(0.0005, 20.0)), ["0.001", "0.01", "0.1", "1", "10"]);
    }

    #[test]
    fn places_run_from_0_to_1() {
        for axis in [Axis::linear(2.0, 6.0, 4), Axis::log(0.01, 10.0)] {
            assert!(axis.place(axis.low).abs() < 1e-12 && (axis.place(axis.high) - 1.0).abs() < 1e-12);
            assert!(axis.ticks.iter().all(|t| (-1e-9..=1.0 + 1e-9).contains(&axis.place(t.value))));
        }
        assert!((Axis::log(0.01, 1.0).place(0.1) - 0.5).abs() < 1e-12);
        assert!(Axis::log(0.01, 1.0).place(0.0) < -1.0);
    }

    #[test]
    fn odd_ranges_still_have_a_width() {
        let tiny = f64::MIN_POSITIVE;
        for (low, high) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (0.0, 0.0),
            (1e300, -1e300),
            (-0.06 * tiny, 0.06 * tiny),
            (tiny, 3.0 * tiny),
            (-f64::MAX, f64::MAX),
            (-1e-290, 1e-290),
        ] {
            for axis in [Axis::linear(low, high, 4), Axis::log(low, high)] {
                assert!(axis.low < axis.high && axis.ticks.len() < 50, "{low} {high} {axis:?}");
            }
        }
    }
}
