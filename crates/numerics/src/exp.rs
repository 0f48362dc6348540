//! An exponential that the compiler can vectorise. Filling a kernel matrix is mostly this.

/// `exp(x)` for `x <= 0`, with a relative error below 4e-16. Arguments below -708 give about 1e-308.
///
/// `exp(x) = 2^k exp(r)` with `k = round(x / ln 2)` and `|r| <= ln(2)/2`, the latter by its Taylor polynomial of degree 13.
/// There is no branch and no table, so loops over it become vector instructions.
///
/// ```
/// assert!((numerics::exp::exp_nonpositive(-1.5) - (-1.5_f64).exp()).abs() < 1e-16);
/// ```
#[inline(always)]
pub fn exp_nonpositive(x: f64) -> f64 {
    // adding this leaves round(v) in the low bits of the mantissa
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.max(-708.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let mut p = 1.0 / 6_227_020_800.0;
    for c in INVERSE_FACTORIALS {
        p = p * r + c;
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    p * power
}

/// 1/12!, 1/11!, ..., 1/0!.
const INVERSE_FACTORIALS: [f64; 13] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::exp_nonpositive;

    #[test]
    fn agrees_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_517;
            let (ours, theirs) = (exp_nonpositive(x), x.exp());
            assert!((ours - theirs).abs() <= 4e-16 * theirs, "exp({x}) = {theirs}, got {ours}");
        }
        assert_eq!(exp_nonpositive(0.0), 1.0);
        assert!(exp_nonpositive(-1e300) < 1e-300);
    }
}
