//! Numbers as people read them.

/// Significant digits to begin with.
const FEWEST: usize = 5;
/// Significant digits that distinguish any two numbers.
const MOST: usize = 17;
/// Decimals at least, where a number is written without an exponent.
const DECIMALS: i32 = 4;
/// Powers of ten that are written without an exponent.
const PLAIN: std::ops::Range<i32> = -4..7;

/// A number of significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits(usize);

impl Digits {
    /// The fewest digits, at least five, at which different values look different.
    pub fn that_distinguish(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let differ = |digits: &usize| {
            let words: Vec<String> = values.iter().map(|v| Self(*digits).write(*v)).collect();
            words.windows(2).all(|pair| pair[0] != pair[1])
        };
        Self((FEWEST..MOST).find(differ).unwrap_or(MOST))
    }

    /// A number with these digits: `1.2346`, `1.5012e-6`.
    pub fn write(self, value: f64) -> String {
        if !value.is_finite() {
            return if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "inf"
            } else {
                "-inf"
            }
            .to_owned();
        }
        if value == 0.0 {
            return "0".to_owned();
        }
        let power = value.abs().log10().floor() as i32;
        if !PLAIN.contains(&power) {
            return format!("{value:.*e}", self.0 - 1);
        }
        let decimals = (self.0 as i32 - 1 - power).max(DECIMALS);
        format!("{value:.*}", decimals as usize)
    }
}

/// One number by itself.
pub fn number(value: f64) -> String {
    Digits(FEWEST).write(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_are_short_and_differ() {
        let shown = [1.23456, 123.456, 0.0123456, 1.5e-6, -2.5e300, 0.0, f64::NAN, 12.0].map(number);
        assert_eq!(shown, ["1.2346", "123.4560", "0.012346", "1.5000e-6", "-2.5000e300", "0", "NaN", "12.0000"]);
        for values in [[1.0 + 1e-9, 1.0 + 2e-9], [1.5e-6, 1.5001e-6], [1e12, 1e12 + 1.0], [0.1, 0.1 + f64::EPSILON]] {
            let digits = Digits::that_distinguish(values);
            assert_ne!(digits.write(values[0]), digits.write(values[1]), "{values:?}");
        }
        assert_eq!(Digits::that_distinguish([1.0, 1.0, 2.0]), Digits(FEWEST));
    }
}
