//! The Gaussian process by its parts, on the 19-dimensional LoRA space, one thread:
//! `cargo bench --workspace --profile dev --bench gp [-- suggestion/200]` (the workspace's one profile; without it everything is recompiled).

use std::hint::black_box;

use benches::{SPACE, observations};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
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

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn parts(c: &mut Criterion) {
    for n in SIZES {
        let case = case(n);
        let mut group = c.benchmark_group("gp");
        group.sample_size(10);
        factorisation(&mut group, &case, n);
        fits(&mut group, &case, n);
        predictions(&mut group, &case, n);
        suggestions(&mut group, &case, n);
        group.finish();
    }
}

/// The Gram matrix, its factor, and the factor with observations more or less. Copies of the model are not timed.
fn factorisation(group: &mut Group<'_>, case: &Case, n: usize) {
    let model = &case.model;
    let xs: Vec<Vec<f64>> = case.data[..n].iter().map(|o| o.x.clone()).collect();
    group.bench_function(BenchmarkId::new("gram", n), |b| b.iter(|| model.kernel().gram(black_box(&xs))));
    group.bench_function(BenchmarkId::new("factorise", n), |b| {
        let mut matrix = model.kernel().gram(&xs);
        (0..n).for_each(|i| matrix[i * n + i] += 1e-2);
        b.iter(|| Cholesky::new(black_box(&matrix), n));
    });
    group.bench_function(BenchmarkId::new("append", n), |b| {
        let append = |mut model: Gp| model.condition_on(&case.data[..n + 1]).map(|()| model);
        b.iter_batched(|| model.clone(), append, BatchSize::LargeInput);
    });
    group.bench_function(BenchmarkId::new("remove", n), |b| {
        let remove = |mut model: Gp| model.remove(n / 2).map(|()| model);
        b.iter_batched(|| model.clone(), remove, BatchSize::LargeInput);
    });
    group.bench_function(BenchmarkId::new("pending, four more", n), |b| {
        let pending: Vec<Vec<f64>> = case.data[n..n + 4].iter().map(|o| o.x.clone()).collect();
        b.iter(|| model.with_pending(&pending, Fantasy::Mean).map(|model| model.noise_variance()));
    });
}

fn fits(group: &mut Group<'_>, case: &Case, n: usize) {
    let model = &case.model;
    let hyper = model.hyperparameters();
    let parameters: Vec<f64> = hyper.kernel.iter().copied().chain([hyper.log_noise]).collect();
    group.bench_function(BenchmarkId::new("likelihood with gradient", n), |b| {
        b.iter(|| model.log_posterior(black_box(&parameters)));
    });
    group.bench_function(BenchmarkId::new("first fit", n), |b| {
        b.iter(|| Gp::for_space(&case.space, KernelSpec::default()).fit(&case.data[..n], Seed(0)));
    });
    group.bench_function(BenchmarkId::new("warm fit, five more", n), |b| {
        b.iter(|| model.clone().fit(&case.data, Seed(0)));
    });
}

fn predictions(group: &mut Group<'_>, case: &Case, n: usize) {
    let (model, x) = (&case.model, &case.data[n].x);
    group.bench_function(BenchmarkId::new("posterior", n), |b| b.iter(|| model.predict(black_box(x))));
    group.bench_function(BenchmarkId::new("posterior with gradient", n), |b| {
        let (mut d_mean, mut d_variance) = (vec![0.0; model.dimension()], vec![0.0; model.dimension()]);
        b.iter(|| model.predict_with_gradient(black_box(x), &mut d_mean, &mut d_variance));
    });
}

fn suggestions(group: &mut Group<'_>, case: &Case, n: usize) {
    let model = &case.model;
    group.bench_function(BenchmarkId::new("maximise", n), |b| b.iter(|| suggestion(case, model)));
    group.bench_function(BenchmarkId::new("suggestion, conditioned", n), |b| {
        b.iter(|| {
            let mut model = model.clone();
            model.condition_on(&case.data[..n + 1]).map(|()| suggestion(case, &model))
        });
    });
    group.bench_function(BenchmarkId::new("suggestion, fitted anew", n), |b| {
        b.iter(|| {
            let mut model = Gp::for_space(&case.space, KernelSpec::default());
            model.fit(&case.data[..n], Seed(0)).map(|()| suggestion(case, &model))
        });
    });
}

criterion_group!(benches, parts);
criterion_main!(benches);
