//! The Gaussian process by its parts, on the 19-dimensional LoRA space, one thread:
//! `cargo bench --workspace --profile dev --bench gp [-- suggestion/200]` (the workspace's one profile; without it all is compiled anew).

use std::hint::black_box;

use benches::{SPACE, observations};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Cholesky, Gp, KernelSpec};
use jobs_core::{
    Acquisition, Fantasy, Maximiser, Observation, Point, Posterior, SearchContext, SearchSpace, Seed, Surrogate,
};

const SIZES: [usize; 5] = [50, 100, 200, 500, 1000];

/// A model fitted to `n` values of a smooth function with some noise, and the observations, five more than it holds.
struct Case {
    space: SearchSpace,
    points: Vec<Point>,
    data: Vec<Observation>,
    model: Gp,
}

fn case(n: usize) -> Case {
    let space = SearchSpace::from_toml_str(SPACE).expect("a sound space");
    let (points, data) = observations(&space, n + 5, Seed(1));
    let mut model = Gp::for_space(&space, KernelSpec::default());
    model.fit(&data[..n], Seed(0)).expect("sound data");
    Case { space, points, data, model }
}

fn suggestion(case: &Case, model: &Gp) -> Point {
    let mut acquisition = Ucb::new(Beta::Fixed(4.0));
    let observations = model.observations();
    acquisition.prepare(&SearchContext {
        observations,
        dimension: case.space.encoded_len(),
        incumbent: 0.0,
        information: None,
    });
    let found = MixedMaximiser::default().maximise(&case.space, model, &acquisition, &case.points[..5], Seed(2));
    found.expect("a suggestion").point
}

fn parts(c: &mut Criterion) {
    for n in SIZES {
        let case = case(n);
        let model = &case.model;
        let xs: Vec<Vec<f64>> = case.data[..n].iter().map(|o| o.x.clone()).collect();
        let hyper = model.hyperparameters();
        let parameters: Vec<f64> = hyper.kernel.iter().copied().chain([hyper.log_noise]).collect();
        let mut group = c.benchmark_group("gp");
        group.sample_size(10);
        let mut bench = |name: &str, f: &mut dyn FnMut(&mut criterion::Bencher<'_>)| {
            group.bench_function(BenchmarkId::new(name, n), f);
        };
        bench("gram", &mut |b| b.iter(|| model.kernel().gram(black_box(&xs))));
        bench("factorise", &mut |b| {
            let mut matrix = model.kernel().gram(&xs);
            (0..n).for_each(|i| matrix[i * n + i] += 1e-2);
            b.iter(|| Cholesky::new(black_box(&matrix), n));
        });
        // one observation more; the copy of the model is not timed
        bench("append", &mut |b| {
            let append = |mut model: Gp| model.condition_on(&case.data[..n + 1]).map(|()| model);
            b.iter_batched(|| model.clone(), append, BatchSize::LargeInput);
        });
        bench("remove", &mut |b| {
            let remove = |mut model: Gp| model.remove(n / 2).map(|()| model);
            b.iter_batched(|| model.clone(), remove, BatchSize::LargeInput);
        });
        bench("pending, four more", &mut |b| {
            let pending: Vec<Vec<f64>> = case.data[n..n + 4].iter().map(|o| o.x.clone()).collect();
            b.iter(|| model.with_pending(&pending, Fantasy::Mean).map(|told| told.noise_variance()));
        });
        bench("likelihood with gradient", &mut |b| b.iter(|| model.log_posterior(black_box(&parameters))));
        bench("first fit", &mut |b| {
            b.iter(|| Gp::for_space(&case.space, KernelSpec::default()).fit(&case.data[..n], Seed(0)));
        });
        bench("warm fit, five more", &mut |b| b.iter(|| model.clone().fit(&case.data, Seed(0))));
        bench("posterior", &mut |b| b.iter(|| model.predict(black_box(&case.data[n].x))));
        bench("posterior with gradient", &mut |b| {
            let (mut d_mean, mut d_variance) = (vec![0.0; model.dimension()], vec![0.0; model.dimension()]);
            b.iter(|| model.predict_with_gradient(black_box(&case.data[n].x), &mut d_mean, &mut d_variance));
        });
        bench("maximise", &mut |b| b.iter(|| suggestion(&case, model)));
        bench("suggestion, conditioned", &mut |b| {
            b.iter(|| {
                let mut model = model.clone();
                model.condition_on(&case.data[..n + 1]).map(|()| suggestion(&case, &model))
            });
        });
        bench("suggestion, fitted anew", &mut |b| {
            b.iter(|| {
                let mut model = Gp::for_space(&case.space, KernelSpec::default());
                model.fit(&case.data[..n], Seed(0)).map(|()| suggestion(&case, &model))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, parts);
criterion_main!(benches);
