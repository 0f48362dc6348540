//! The authors' predictor keeps every law but one: it knows the unit of the loss.

use jobs_core::{LearningCurve, Predictor, PredictorError, Seed, Steps};
use predictor::PublishedMlp;

use crate::conformance::{examples, spaces};

#[test]
fn it_learns_answers_and_repeats_itself() {
    for space in spaces() {
        let runs = examples(&space, 24, 25, 625);
        for make in [PublishedMlp::default as fn() -> PublishedMlp, PublishedMlp::standardised] {
            let fitted = |n: usize| {
                let mut p = make();
                p.fit(&space, &runs[..n], Steps(100), Seed(3)).unwrap();
                p
            };
            let (p, again) = (fitted(20), fitted(20));
            for run in &runs[20..] {
                for cut in [25, 100, 625] {
                    let belief = p.predict(&run.point, &run.curve.up_to(Steps(cut))).unwrap();
                    assert!(belief.mean.is_finite() && belief.variance > 0.0, "{}: {belief:?}", p.name());
                    assert_eq!(again.predict(&run.point, &run.curve.up_to(Steps(cut))).unwrap(), belief);
                }
                let error = p.predict(&run.point, &run.curve).unwrap().mean - run.value;
                assert!(error.abs() < 1.0, "{}: {error}", p.name());
            }
            for n in 0..3 {
                let belief = fitted(n).predict(&runs[9].point, &runs[9].curve.up_to(Steps(50))).unwrap();
                assert!(belief.mean.is_finite() && belief.variance > 0.0, "{n}: {belief:?}");
            }
            assert_eq!(p.predict(&runs[0].point, &LearningCurve::new()), Err(PredictorError::EmptyCurve));
        }
    }
}

#[test]
fn numbers_beyond_single_precision_are_refused() {
    let space = &spaces()[0];
    let mut runs = examples(space, 6, 25, 625);
    for run in &mut runs {
        run.value *= 1e300;
    }
    let result = PublishedMlp::default().fit(space, &runs, Steps(100), Seed(0));
    assert!(matches!(result, Err(PredictorError::Diverged { .. })), "{result:?}");
}
