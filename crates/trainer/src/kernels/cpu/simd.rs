//! Functions compiled for the SIMD instructions of the host, and the arithmetic they share.

/// Defines a function whose body, with every `#[inline(always)]` function it calls, is compiled twice: for the baseline target and for
/// AVX2. Each call dispatches at run time, as in faer. Plain `for` loops vectorise best.
macro_rules! vectorised {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<'a>($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name<'a>($($arg: $type),*) {
            struct Job<'a> { $($arg: $type),* }
            impl<'a> pulp::WithSimd for Job<'a> {
                type Output = ();
                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Job { $($arg),* })
        }
    };
}
pub(super) use vectorised;

/// Number of partial sums; independent sums let the compiler vectorise a reduction in f32.
const LANES: usize = 16;

/// exp(x) within 2 units in the last place: x = n ln 2 + r with |r| <= ln 2 / 2, then the Taylor polynomial of degree 7 of exp(r), times
/// 2^n. 0 below -87, clamped to exp(88) above 88; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // 1.5 * 2^23: adding it rounds to an integer, held in the lowest bits
    const ROUND: f32 = 12_582_912.0;
    let y = if x > 88.0 { 88.0 } else { x };
    let y = if y < -87.0 { -87.0 } else { y };
    let shifted = y * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts; the first has so few bits that its product with n is exact
    let r = (y - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x < -87.0 { 0.0 } else { p * power }
}

/// tanh(x) within 4 units in the last place: x P(x^2) / Q(x^2), the rational approximation of Eigen, with x clamped to where tanh rounds to
/// 1. NaN stays NaN.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    const LARGEST: f32 = 7.905_311;
    let y = if x > LARGEST { LARGEST } else { x };
    let y = if y < -LARGEST { -LARGEST } else { y };
    let z = y * y;
    let p = z * -2.760_768_5e-16 + 2.000_188e-13;
    let p = z * p - 8.604_672e-11;
    let p = z * p + 5.122_297e-8;
    let p = z * p + 1.485_722_4e-5;
    let p = z * p + 6.372_619_3e-4;
    let p = z * p + 4.893_524_6e-3;
    let q = z * 1.198_258_4e-6 + 1.185_347_1e-4;
    let q = z * q + 2.268_434_6e-3;
    let q = z * q + 4.893_525e-3;
    y * p / q
}

/// Dot product.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let whole = a.len() - a.len() % LANES;
    for (a, b) in a[..whole].chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for i in 0..LANES {
            lanes[i] += a[i] * b[i];
        }
    }
    let mut sum = 0.0;
    for (a, b) in a[whole..].iter().zip(&b[whole..]) {
        sum += a * b;
    }
    for lane in lanes {
        sum += lane;
    }
    sum
}

/// Sum.
#[inline(always)]
pub(super) fn sum(a: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let chunks = a.chunks_exact(LANES);
    let mut sum = 0.0;
    for a in chunks.remainder() {
        sum += a;
    }
    for a in chunks {
        for i in 0..LANES {
            lanes[i] += a[i];
        }
    }
    for lane in lanes {
        sum += lane;
    }
    sum
}

/// The largest value. NaNs are skipped here and reappear in what is computed from it.
#[inline(always)]
pub(super) fn largest(a: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = a.chunks_exact(LANES);
    let mut top = f32::NEG_INFINITY;
    for &a in chunks.remainder() {
        top = if a > top { a } else { top };
    }
    for a in chunks {
        for i in 0..LANES {
            lanes[i] = if a[i] > lanes[i] { a[i] } else { lanes[i] };
        }
    }
    for lane in lanes {
        top = if lane > top { lane } else { top };
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_two_units() {
        let mut worst = 0.0f64;
        for i in -86_999..88_000 {
            let x = i as f32 / 1000.0;
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - exact).abs() / exact);
        }
        assert!(worst < 2.0 * f64::from(f32::EPSILON), "{worst:e}");
        assert_eq!((exp(0.0), exp(-88.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && exp(1e9) > 1e38);
    }

    #[test]
    fn tanh_is_exact_to_four_units() {
        let mut worst = 0.0f64;
        for i in 1..100_000 {
            for x in [i as f32 / 10_000.0, -(i as f32) / 10_000.0, i as f32 * 1e-9] {
                let exact = f64::from(x).tanh();
                worst = worst.max(((f64::from(tanh(x)) - exact) / exact).abs());
            }
        }
        assert!(worst < 4.0 * f64::from(f32::EPSILON), "{worst:e}");
        assert!(tanh(0.0) == 0.0 && (tanh(1e9) - 1.0).abs() < 1e-6 && tanh(f32::NAN).is_nan());
    }

    #[test]
    fn sums_take_every_element_once() {
        for n in [0, 1, 15, 16, 17, 40] {
            let a: Vec<f32> = (1..=n).map(|i| i as f32).collect();
            let n = n as f32;
            assert_eq!(sum(&a), n * (n + 1.0) / 2.0);
            assert_eq!(dot(&a, &a), n * (n + 1.0) * (2.0 * n + 1.0) / 6.0);
            assert!(a.is_empty() || largest(&a) == n);
        }
    }
}
