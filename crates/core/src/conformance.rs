//! Conformance tests for implementations of the traits, ours or yours: call them from your tests.
//!
//! Each returns `Err` with what is broken, for `assert_eq!(conformance::..., Ok(()))`.

use crate::{
    Acquisition, Allocator, Budget, Example, Fantasy, Gaussian, LearningCurve, Observation, Point, Predictor, Run,
    RunState, SearchContext, SearchSpace, Seed, Steps, Surrogate, Trainer,
};

/// What is broken.
pub type Verdict = Result<(), String>;

fn failed<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String + '_ {
    move |e| format!("{what}: {e}")
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

/// Same point and seed, same run; stops do not matter; a saved and resumed run goes on bit for bit; no step past the end.
pub fn check_trainer(trainer: &dyn Trainer, point: &Point, seed: Seed) -> Verdict {
    let full = trainer.full_steps();
    let whole = |stops: &[Steps]| -> Result<LearningCurve, String> {
        let mut run = trainer.start(point, seed).map_err(failed("start"))?;
        for &stop in stops.iter().chain([&full]) {
            run.advance_to(stop).map_err(failed("advance_to"))?;
        }
        Ok(run.curve().clone())
    };
    let straight = whole(&[])?;
    check(!straight.is_empty() || straight.diverged_at().is_some(), || "a full run has no evaluation".into())?;
    check(straight == whole(&[])?, || "the same point and seed gave two curves".into())?;
    for quarter in 1..4 {
        let stop = Steps(full.0 * quarter / 4);
        check(whole(&[stop])? == straight, || format!("stopping at step {stop} changed the curve"))?;
        check(whole(&[stop, Steps(stop.0 / 2), stop])? == straight, || {
            "asking for a past step changed the curve".into()
        })?;

        let mut run = trainer.start(point, seed).map_err(failed("start"))?;
        let state = run.advance_to(stop).map_err(failed("advance_to"))?;
        check(*run.curve() == straight.up_to(stop), || {
            format!("the curve at step {stop} is not the whole curve's start")
        })?;
        let mut resumed = trainer.resume(&run.save().map_err(failed("save"))?).map_err(failed("resume"))?;
        check(resumed.step() == run.step(), || format!("resumed at {}, saved at {}", resumed.step(), run.step()))?;
        check(resumed.curve() == run.curve(), || "resuming changed the curve".into())?;
        if state != RunState::Diverged {
            resumed.advance_to(full).map_err(failed("advance_to"))?;
        }
        check(*resumed.curve() == straight, || format!("a run resumed at {stop} went another way"))?;
    }
    let mut run: Box<dyn Run> = trainer.start(point, seed).map_err(failed("start"))?;
    check(run.advance_to(Steps(full.0 + 1)).is_err(), || "a run went past a full run".into())?;
    check(trainer.resume(b"not a checkpoint").is_err(), || "resumed from garbage".into())
}

/// Variances are not negative; order of observations does not matter (to `tolerance`); conditioning on the data fitted
/// changes nothing; fitting twice gives the same model; gradients agree with central differences.
pub fn check_surrogate(
    make: &dyn Fn() -> Box<dyn Surrogate>,
    data: &[Observation],
    at: &[Vec<f64>],
    tolerance: f64,
) -> Verdict {
    let fitted = |data: &[Observation]| -> Result<Box<dyn Surrogate>, String> {
        let mut model = make();
        model.fit(data, Seed(0)).map_err(failed("fit"))?;
        Ok(model)
    };
    let mut model = fitted(data)?;
    let again = fitted(data)?;
    let before: Vec<Gaussian> = at.iter().map(|x| model.predict(x)).collect();
    for (x, p) in at.iter().zip(&before) {
        check(p.mean.is_finite() && p.variance >= 0.0, || format!("belief {p:?} at {x:?}"))?;
        check(again.predict(x) == *p, || "fitting twice gave two models".into())?;
    }
    let close = |a: f64, b: f64| (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()));
    let mut reversed = data.to_vec();
    reversed.reverse();
    for set in [data, &reversed] {
        model.condition_on(set).map_err(failed("condition_on"))?;
        for (x, p) in at.iter().zip(&before) {
            let q = model.predict(x);
            check(close(p.mean, q.mean) && close(p.variance, q.variance), || {
                format!("conditioning moved {p:?} to {q:?}")
            })?;
        }
    }
    let half = &data[..data.len().div_ceil(2)];
    model.condition_on(half).map_err(failed("condition_on"))?;
    model.condition_on(data).map_err(failed("condition_on"))?;
    for (x, p) in at.iter().zip(&before) {
        let q = model.predict(x);
        check(close(p.mean, q.mean) && close(p.variance, q.variance), || format!("appending moved {p:?} to {q:?}"))?;
    }
    check_pending(model.as_ref(), at, &close)?;
    check_gradients(model.as_ref(), at)
}

/// Gradients of mean and variance agree with central differences.
fn check_gradients(model: &dyn Surrogate, at: &[Vec<f64>]) -> Verdict {
    let d = model.dimension();
    for x in at {
        let (mut d_mean, mut d_variance) = (vec![0.0; d], vec![0.0; d]);
        model.predict_with_gradient(x, &mut d_mean, &mut d_variance);
        for i in 0..d {
            const H: f64 = 1e-5;
            let at = |shift: f64| {
                let mut moved = x.clone();
                moved[i] += shift;
                model.predict(&moved)
            };
            let (up, down) = (at(H), at(-H));
            let slopes = [(d_mean[i], up.mean - down.mean), (d_variance[i], up.variance - down.variance)];
            for (analytic, difference) in slopes {
                let numeric = difference / (2.0 * H);
                check((analytic - numeric).abs() <= 1e-4 * (1.0 + numeric.abs()), || {
                    format!("gradient by coordinate {i}: {analytic} analytic, {numeric} by central differences")
                })?;
            }
        }
    }
    Ok(())
}

/// Without pending points a copy predicts the same. With pending points its variance there does not grow, and the original does not
/// change.
fn check_pending(model: &dyn Surrogate, at: &[Vec<f64>], close: &dyn Fn(f64, f64) -> bool) -> Verdict {
    let before = model.predict_many(at);
    let copy = model.with_pending(&[], Fantasy::Mean).map_err(failed("with_pending"))?;
    check(copy.predict_many(at) == before, || "a copy with nothing pending believes something else".into())?;
    for fantasy in [Fantasy::Mean, Fantasy::Constant(before.first().map_or(0.0, |p| p.mean))] {
        let pending = model.with_pending(at, fantasy).map_err(failed("with_pending"))?;
        for (p, q) in before.iter().zip(pending.predict_many(at)) {
            check(q.variance <= p.variance || close(p.variance, q.variance), || {
                format!("a pending point raised the variance there from {} to {}", p.variance, q.variance)
            })?;
        }
        check(model.predict_many(at) == before, || "with_pending changed the original".into())?;
    }
    Ok(())
}

/// Partial derivatives agree with central differences, and a lower mean is never worth less.
pub fn check_acquisition(acquisition: &mut dyn Acquisition, context: &SearchContext) -> Verdict {
    acquisition.prepare(context);
    for mean in [-3.0, -0.5, 0.0, 0.4, 2.0] {
        for variance in [1e-3, 0.1, 1.0, 4.0] {
            let (mean, h) = (context.incumbent + mean, 1e-5);
            let at =
                |dm: f64, dv: f64| acquisition.value(Gaussian { mean: mean + dm, variance: variance * (1.0 + dv) });
            let v = acquisition.evaluate(Gaussian { mean, variance });
            let by_mean = (at(h, 0.0) - at(-h, 0.0)) / (2.0 * h);
            let by_variance = (at(0.0, h) - at(0.0, -h)) / (2.0 * h * variance);
            for (what, analytic, numeric) in [("mean", v.d_mean, by_mean), ("variance", v.d_variance, by_variance)] {
                check((analytic - numeric).abs() <= 1e-3 * (1.0 + numeric.abs()), || {
                    format!("by {what} at mean {mean}, variance {variance}: {analytic} analytic, {numeric} numeric")
                })?;
            }
            check(v.d_mean <= 0.0, || format!("a higher mean {mean} is worth more"))?;
        }
    }
    Ok(())
}

/// The same examples and seed give the same predictor; variances are not negative; moving and scaling all losses moves
/// and scales the prediction (to `tolerance`); short curves are answered.
pub fn check_predictor(
    make: &dyn Fn() -> Box<dyn Predictor>,
    space: &SearchSpace,
    examples: &[Example],
    early: Steps,
    tolerance: f64,
) -> Verdict {
    let fitted = |examples: &[Example]| -> Result<Box<dyn Predictor>, String> {
        let mut model = make();
        model.fit(space, examples, early, Seed(0)).map_err(failed("fit"))?;
        Ok(model)
    };
    let (a, b) = (2.5, -0.7);
    let image = |c: &LearningCurve| -> Result<LearningCurve, String> {
        LearningCurve::from_pairs(c.iter().map(|(s, v)| (s, a * v + b))).map_err(failed("curve"))
    };
    let moved: Vec<Example> = examples
        .iter()
        .map(|e| Ok(Example { point: e.point.clone(), curve: image(&e.curve)?, value: a * e.value + b }))
        .collect::<Result<_, String>>()?;
    let (model, again, model_of_moved) = (fitted(examples)?, fitted(examples)?, fitted(&moved)?);
    for e in examples {
        for cut in [early, Steps(early.0 / 2), e.curve.steps().first().copied().unwrap_or(early)] {
            let curve = e.curve.up_to(cut);
            if curve.is_empty() {
                continue;
            }
            let p = model.predict(&e.point, &curve).map_err(failed("predict"))?;
            check(p.mean.is_finite() && p.variance.is_finite() && p.variance >= 0.0, || format!("belief {p:?}"))?;
            let q = again.predict(&e.point, &curve).map_err(failed("predict"))?;
            check(p == q, || format!("fitting twice gave {p:?} and {q:?}"))?;
            let q = model_of_moved.predict(&e.point, &image(&curve)?).map_err(failed("predict"))?;
            check((a * p.mean + b - q.mean).abs() <= tolerance, || {
                format!("losses mapped by {a} v + {b}: predicted {}, expected {}", q.mean, a * p.mean + b)
            })?;
        }
    }
    Ok(())
}

/// Never overspends, and answers or refuses without panicking.
pub fn check_allocator(allocator: &dyn Allocator, budget: &Budget) -> Verdict {
    match allocator.allocate(budget) {
        Err(_) => Ok(()),
        Ok(allocation) => {
            let cost = allocation.cost(budget);
            check(cost.is_some_and(|c| c <= budget.total), || {
                format!("{allocation:?} costs {cost:?}, the budget is {budget:?}")
            })
        }
    }
}
