use proptest::prelude::*;

use super::*;

/// `B B^T + 0.1 I` of a random `B`, its lower triangle by columns.
fn matrix(n: usize, values: &[f64]) -> Vec<f64> {
    let b = |i: usize, k: usize| values[(i * 7 + k * 13) % values.len()] * (1.0 + ((i * k) as f64).sin());
    let mut a = vec![0.0; n * n];
    for j in 0..n {
        for i in 0..n {
            a[j * n + i] = (0..4).map(|k| b(i, k) * b(j, k)).sum::<f64>() + if i == j { 0.1 } else { 0.0 };
        }
    }
    a
}

fn leading(a: &[f64], n: usize, keep: &[usize]) -> Vec<f64> {
    keep.iter().flat_map(|&j| keep.iter().map(move |&i| a[j * n + i])).collect()
}

fn assert_same(a: &Cholesky, b: &Cholesky) {
    assert_eq!(a.len(), b.len());
    for i in 0..a.len() {
        for (x, y) in a.row(i).iter().zip(b.row(i)) {
            assert!((x - y).abs() < 1e-9, "row {i}: {x} and {y}");
        }
    }
}

proptest! {
    #[test]
    fn appending_is_refactorising(n in 2usize..40, values in prop::collection::vec(-1.0..1.0f64, 61), start in 0.0..1.0f64) {
        let a = matrix(n, &values);
        let m = ((n as f64 * start) as usize).max(1);
        let keep: Vec<usize> = (0..m).collect();
        let mut grown = Cholesky::new(&leading(&a, n, &keep), m).unwrap();
        for i in m..n {
            let mut row: Vec<f64> = (0..i).map(|j| a[j * n + i]).collect();
            grown.append(&mut row, a[i * n + i]).unwrap();
        }
        assert_same(&grown, &Cholesky::new(&a, n).unwrap());
    }

    #[test]
    fn removing_is_refactorising(n in 2usize..40, values in prop::collection::vec(-1.0..1.0f64, 61), which in 0.0..1.0f64) {
        let a = matrix(n, &values);
        let index = (n as f64 * which) as usize;
        let mut shrunk = Cholesky::new(&a, n).unwrap();
        shrunk.remove(index);
        let keep: Vec<usize> = (0..n).filter(|&i| i != index).collect();
        assert_same(&shrunk, &Cholesky::new(&leading(&a, n, &keep), n - 1).unwrap());
    }

    #[test]
    fn solves_agree(n in 1usize..40, values in prop::collection::vec(-1.0..1.0f64, 61)) {
        let a = matrix(n, &values);
        let l = Cholesky::new(&a, n).unwrap();
        let b: Vec<f64> = (0..n).map(|i| values[i % 61]).collect();
        let mut x = b.clone();
        l.solve(&mut x);
        for i in 0..n {
            let product: f64 = (0..n).map(|j| a[j * n + i] * x[j]).sum();
            prop_assert!((product - b[i]).abs() < 1e-9);
        }
        let mut many: Vec<f64> = (0..5).flat_map(|k| b.iter().map(move |v| v * f64::from(k))).collect();
        l.solve_lower_many(&mut many);
        let mut single = b.clone();
        l.solve_lower(&mut single);
        for (v, w) in single.iter().zip(&many[3 * n..4 * n]) {
            prop_assert!((w - 3.0 * v).abs() < 1e-9);
        }
        let diagonal = l.inverse_diagonal();
        let mut unit = vec![0.0; n];
        unit[n - 1] = 1.0;
        l.solve(&mut unit);
        prop_assert!((unit[n - 1] - diagonal[n - 1]).abs() < 1e-9);
    }
}

#[test]
fn jitter_is_reported_and_bounded() {
    let ones = vec![1.0; 9];
    let l = Cholesky::new(&ones, 3).unwrap();
    assert!(l.jitter() > 0.0 && l.jitter() <= 1e-4);
    let indefinite = [1.0, 2.0, 2.0, 1.0];
    assert_eq!(Cholesky::new(&indefinite, 2).unwrap_err(), CholeskyError::NotPositiveDefinite { n: 2, jitter: 1e-4 });
    assert!(Cholesky::new(&[f64::NAN], 1).is_err());
}

#[test]
fn both_orders_of_summation_agree() {
    let values: Vec<f64> = (0..61).map(|i| f64::from(i * 7 % 19) / 9.0 - 1.0).collect();
    for n in [1, 3, 8, 21] {
        let a = matrix(n, &values);
        let rows: Vec<f64> = (0..n * n).map(|k| a[(k % n) * n + k / n]).collect();
        let (lanes, in_order) = (Cholesky::new(&a, n).unwrap(), Cholesky::<InOrder>::from_rows(&rows, n).unwrap());
        assert!((lanes.log_determinant() - in_order.log_determinant()).abs() < 1e-9);
        let (mut x, mut y) = (values[..n].to_vec(), values[..n].to_vec());
        lanes.solve(&mut x);
        in_order.solve(&mut y);
        let inverse = in_order.inverse();
        for i in 0..n {
            let product = crate::sums::dot_in_order(&inverse[i * n..(i + 1) * n], &values[..n]);
            assert!((x[i] - y[i]).abs() < 1e-8 && (x[i] - product).abs() < 1e-8, "{n}: {} {} {product}", x[i], y[i]);
        }
        let mut grown = Cholesky::<InOrder>::default();
        for i in 0..n {
            grown.append(&mut rows[i * n..i * n + i].to_vec(), rows[i * n + i]).unwrap();
            assert_eq!(grown.row(i), in_order.row(i), "from_rows appends");
        }
    }
}

#[test]
fn a_negative_direction_is_refused() {
    let mut factor = Cholesky::<InOrder>::default();
    assert_eq!(factor.append(&mut [], 1.0), Ok(1.0));
    assert_eq!(factor.append(&mut [2.0], 1.0), Err(CholeskyError::Pivot { row: 1, pivot: -3.0 }));
    assert_eq!(factor.len(), 1);
    assert!(Cholesky::<InOrder>::from_rows(&[1.0, 0.0, 2.0, 1.0], 2).is_err());
}
