//! The knowledge gradient against its definition.

use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{CriterionAtFidelity, Maximiser, Observation, Posterior, SearchSpace, Seed, Surrogate};

fn space() -> SearchSpace {
    TestSpace::simplex(3).real("dropout", 0.0, 0.1).boolean("front").build()
}

fn truth(x: &[f64]) -> f64 {
    20.0 + 3.0 * (x[0] - 0.5).powi(2) + (x[3] - 0.3).powi(2) + 0.1 * x[4]
}

fn single() -> (Gp, Vec<Vec<f64>>) {
    let space = space();
    let xs: Vec<Vec<f64>> = space.design(14, Seed(3)).iter().map(|p| space.encode(p)).collect();
    let data = xs.iter().map(|x| Observation { x: x.clone(), y: truth(x), noise_variance: 1e-3 });
    let mut gp = Gp::for_space(&space, KernelSpec::default());
    gp.fit(&data.collect::<Vec<_>>(), Seed(0)).unwrap();
    (gp, xs)
}

fn multi() -> (Gp, Vec<Vec<f64>>) {
    let space = space();
    let mut data = vec![];
    for (i, p) in space.design(16, Seed(3)).iter().enumerate() {
        let mut x = space.encode(p);
        let s = if i % 3 == 0 { 1.0 } else { 0.2 };
        let y = truth(&x) + (1.0 - s) * (0.5 + 0.2 * x[3]);
        x.push(s);
        data.push(Observation { x, y, noise_variance: 1e-3 });
    }
    let mut gp = Gp::for_space_and_fidelity(&space, KernelSpec::default());
    gp.fit(&data, Seed(0)).unwrap();
    let full = data.into_iter().map(|o| [&o.x[..5], &[1.0]].concat());
    (gp, full.collect())
}

/// By definition: the mean, over outcomes at `x`, of the lowest mean after conditioning on each, by the midpoint rule.
fn by_conditioning(gp: &Gp, targets: &[Vec<f64>], x: &[f64], own: &[f64]) -> f64 {
    let mut all = targets.to_vec();
    all.push(own.to_vec());
    let lowest = |p: &dyn Surrogate| p.predict_many(&all).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min);
    let (belief, noise) = (gp.predict(x), gp.noise_variance());
    let sd = (belief.variance + noise).sqrt();
    let (cells, width) = (400, 12.0 / 400.0);
    let after: f64 = (0..cells)
        .map(|i| -6.0 + width * (f64::from(i) + 0.5))
        .map(|z| {
            let told = gp.with_pending(&[x.to_vec()], jobs_core::Fantasy::Constant(belief.mean + sd * z)).unwrap();
            width * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * lowest(&*told)
        })
        .sum();
    lowest(gp) - after
}

#[test]
fn is_what_conditioning_gives() {
    let (gp, targets) = single();
    let kg = gp.knowledge_gradient(&targets, None).unwrap();
    for x in space().design(6, Seed(11)).iter().map(|p| space().encode(p)) {
        let (ours, theirs) = (kg.value(&x).exp(), by_conditioning(&gp, &targets, &x, &x));
        assert!((ours - theirs).abs() < 1e-4 * (theirs + 0.01), "{ours} {theirs}");
    }
    let (gp, targets) = multi();
    let kg = gp.knowledge_gradient(&targets, Some(1.0)).unwrap();
    for x in space().design(6, Seed(11)).iter().map(|p| space().encode(p)) {
        for s in [0.2, 1.0] {
            let (x, own) = ([&x[..], &[s]].concat(), [&x[..], &[1.0]].concat());
            let (ours, theirs) = (kg.value(&x).exp(), by_conditioning(&gp, &targets, &x, &own));
            assert!((ours - theirs).abs() < 1e-4 * (theirs + 0.01), "{ours} {theirs} at fidelity {s}");
        }
    }
}

#[test]
fn gradients_are_those_of_central_differences() {
    const H: f64 = 1e-6;
    let (one, one_targets) = single();
    let (many, many_targets) = multi();
    for (gp, targets, own) in [(&one, &one_targets, None), (&many, &many_targets, Some(1.0))] {
        let kg = gp.knowledge_gradient(targets, own).unwrap();
        for mut x in space().design(8, Seed(12)).iter().map(|p| space().encode(p)) {
            x.resize(kg.dimension(), 0.4);
            let mut gradient = vec![0.0; x.len()];
            let value = kg.value_with_gradient(&x, &mut gradient);
            assert!((value - kg.value(&x)).abs() < 1e-12);
            for k in 0..x.len() {
                let at = |shift: f64| {
                    let mut moved = x.clone();
                    moved[k] += shift;
                    kg.value(&moved)
                };
                let numeric = (at(H) - at(-H)) / (2.0 * H);
                assert!((gradient[k] - numeric).abs() < 1e-4 * (1.0 + numeric.abs()), "{k}: {} {numeric}", gradient[k]);
            }
        }
    }
}

#[test]
fn is_maximised_like_any_other_rule() {
    let space = space();
    let (gp, targets) = single();
    let kg = gp.knowledge_gradient(&targets, None).unwrap();
    let best = MixedMaximiser::default().maximise_criterion(&space, &*kg, &[], Seed(1)).unwrap();
    let tried: Vec<Vec<f64>> = space.design(300, Seed(77)).iter().map(|p| space.encode(p)).collect();
    let rival = kg.values(&tried).into_iter().fold(f64::NEG_INFINITY, f64::max);
    assert!(best.value >= rival, "{} {rival}", best.value);

    let (gp, targets) = multi();
    let kg = gp.knowledge_gradient(&targets, Some(1.0)).unwrap();
    let of_level = |s| {
        let slice = CriterionAtFidelity::new(&*kg, s);
        MixedMaximiser::default().maximise_criterion(&space, &slice, &[], Seed(1)).unwrap().value
    };
    assert!(of_level(1.0) > of_level(0.2), "without costs a full run tells more");
    assert!(gp.knowledge_gradient(&[vec![0.0]], None).is_none());
    assert!(kg.value(&[0.0]).is_nan());
}
