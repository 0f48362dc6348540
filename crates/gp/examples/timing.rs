//! Scratch timings: minimum over repetitions.
use std::time::Instant;
use gp::acquisition::*;
use gp::*;
use jobs_core::*;
fn best<T>(reps: usize, mut f: impl FnMut() -> T) -> f64 {
    (0..reps).map(|_| { let t = Instant::now(); let r = f(); let e = t.elapsed().as_secs_f64() * 1e6; std::hint::black_box(r); e }).fold(f64::INFINITY, f64::min)
}
fn main() {
    let space = SearchSpace::from_toml_file(std::path::Path::new("/work/shared/data/llama3-8b-lora/task_loss/gsm8k/space.toml")).unwrap();
    for n in [50usize, 200, 500] {
        for mixing in [Mixing::Plain, Mixing::SumProduct] {
            let points = space.design(n + 30, Seed(1));
            let f = |x: &[f64]| (x[0] - 0.4).powi(2) + 0.5 * (x[1] - 0.2).abs() + 0.3 * (x[9] * 3.0).sin() * x[10] + 0.2 * (x[15] - 0.6).powi(2);
            let data: Vec<Observation> = points.iter().map(|p| { let x = space.encode(p); let y = f(&x); Observation { x, y, noise_variance: 1e-5 } }).collect();
            let mut gp = Gp::for_space(&space, KernelSpec { mixing, ..Default::default() });
            gp.fit(&data[..n], Seed(0)).unwrap();
            let base = gp.clone();
            let first = best(2, || Gp::for_space(&space, KernelSpec { mixing, ..Default::default() }).fit(&data[..n], Seed(0)));
            let warm = best(5, || base.clone().fit(&data[..n + 5], Seed(0)));
            let p: Vec<f64> = gp.hyperparameters().kernel.iter().copied().chain([gp.hyperparameters().log_noise]).collect();
            let eval = best(20, || gp.log_posterior(&p));
            let app = best(20, || base.clone().condition_on(&data[..n + 1])) - best(20, || base.clone());
            let mut acq = Ucb::new(Beta::Fixed(4.0));
            acq.prepare(&SearchContext { observations: n, dimension: space.encoded_len(), incumbent: 0.0 });
            let m = gp::maximise::MixedMaximiser::default();
            let mx = best(10, || m.maximise(&space, &gp, &acq, &points[..3], Seed(0)).unwrap());
            let xs: Vec<Vec<f64>> = space.design(512, Seed(3)).iter().map(|p| space.encode(p)).collect();
            let pm = best(20, || gp.predict_many(&xs)) / 512.0;
            let ds = best(20, || space.design(512, Seed(3)).iter().map(|p| space.encode(p)).collect::<Vec<_>>()) / 512.0;
            let nb = best(200, || space.discrete_neighbours(&points[0]));
            let (mut g, mut h) = (vec![0.0; 19], vec![0.0; 19]);
            let pg = best(2000, || gp.predict_with_gradient(&xs[0], &mut g, &mut h));
            let p1 = best(2000, || gp.predict(&xs[0]));
            let k1 = best(2000, || gp.kernel().value(&xs[0], &xs[1]));
            println!("{n} {mixing:?}: us: first {first:.0} warm {warm:.0} eval {eval:.0} append {app:.0} max {mx:.0} many/512 {pm:.2} grad {pg:.1} one {p1:.1} k {k1:.1} design/point {ds:.2} neighbours {nb:.1}");
        }
    }
}
