//! Sums and products over slices.
//!
//! Floating-point addition is not associative, so the compiler keeps the order of a plain sum and does not vectorise it. Most
//! functions here therefore add in eight independent lanes, which become vector instructions; [`dot_in_order`] is the plain
//! sum. All are meant to be called inside [`vectorised!`](crate::vectorised) functions, and give the same bits outside.
//! Slices of different lengths count up to the shorter one.

const LANES: usize = 8;

#[inline(always)]
fn total(lanes: [f64; LANES]) -> f64 {
    // Opaque to the compiler, which otherwise keeps the lanes in pairs, two to a register, through the whole sum.
    let lanes = std::hint::black_box(lanes);
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// `sum_j a_j` in eight lanes.
#[inline(always)]
pub fn sum(a: &[f64]) -> f64 {
    let (whole, left) = a.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for x in whole {
        for l in 0..LANES {
            lanes[l] += x[l];
        }
    }
    let mut sum = total(lanes);
    for x in left {
        sum += x;
    }
    sum
}

/// `sum_j a_j b_j` in eight lanes.
///
/// ```
/// assert_eq!(numerics::sums::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
#[inline(always)]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let ((a, a_left), (b, b_left)) = (a[..n].as_chunks::<LANES>(), b[..n].as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (x, y) in a.iter().zip(b) {
        for l in 0..LANES {
            lanes[l] += x[l] * y[l];
        }
    }
    let mut sum = total(lanes);
    for (x, y) in a_left.iter().zip(b_left) {
        sum += x * y;
    }
    sum
}

/// `sum_j a_j b_j`, added from left to right.
pub fn dot_in_order(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `sum_j a_rj b_j` for four rows at once, each at least as long as `b`.
#[inline(always)]
pub fn dots(rows: [&[f64]; 4], b: &[f64]) -> [f64; 4] {
    let (whole, left) = b.as_chunks::<LANES>();
    let (n, m) = (b.len(), whole.len());
    let (p, q) = (rows[0][..n].as_chunks::<LANES>().0, rows[1][..n].as_chunks::<LANES>().0);
    let (s, t) = (rows[2][..n].as_chunks::<LANES>().0, rows[3][..n].as_chunks::<LANES>().0);
    let mut lanes = [[0.0; LANES]; 4];
    for j in 0..m {
        for l in 0..LANES {
            lanes[0][l] += p[j][l] * whole[j][l];
            lanes[1][l] += q[j][l] * whole[j][l];
            lanes[2][l] += s[j][l] * whole[j][l];
            lanes[3][l] += t[j][l] * whole[j][l];
        }
    }
    let mut sums = [0.0; 4];
    for r in 0..4 {
        sums[r] = total(lanes[r]);
        for (a, b) in rows[r][n - left.len()..n].iter().zip(left) {
            sums[r] += a * b;
        }
    }
    sums
}

/// `sum_j m_j (z_j - centre)^2`.
#[inline(always)]
pub fn weighted_squares(m: &[f64], z: &[f64], centre: f64) -> f64 {
    let n = m.len().min(z.len());
    let ((m, m_left), (z, z_left)) = (m[..n].as_chunks::<LANES>(), z[..n].as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (m, z) in m.iter().zip(z) {
        for l in 0..LANES {
            lanes[l] += m[l] * (z[l] - centre) * (z[l] - centre);
        }
    }
    let mut sum = total(lanes);
    for (m, z) in m_left.iter().zip(z_left) {
        sum += m * (z - centre) * (z - centre);
    }
    sum
}

/// `o_j += s_k (z_kj - centre_k)^2` for four `k` in turn. Each column is at least as long as `o`.
#[inline(always)]
pub fn add_four_squares(o: &mut [f64], scales: [f64; 4], z: [&[f64]; 4], centres: [f64; 4]) {
    let n = o.len();
    let [p, q, s, t] = z.map(|column| &column[..n]);
    for j in 0..n {
        let (a, b) = (p[j] - centres[0], q[j] - centres[1]);
        let (c, d) = (s[j] - centres[2], t[j] - centres[3]);
        o[j] = o[j] + scales[0] * a * a + scales[1] * b * b + scales[2] * c * c + scales[3] * d * d;
    }
}

/// `y += a x`.
#[inline(always)]
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// `a_j *= b_j`.
#[inline(always)]
pub fn multiply(a: &mut [f64], b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a *= b;
    }
}
