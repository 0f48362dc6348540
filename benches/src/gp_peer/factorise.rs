use benches::{SPACE, observations};
use cpu_time::ThreadTime;
use gp::{Cholesky, Gp, KernelSpec};
use jobs_core::{SearchSpace, Seed};
use serde_json::json;

/// Prints the shortest of some times, in seconds, to factorise the covariance of `n` points.
pub(crate) fn print(n: usize) -> anyhow::Result<()> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    let xs: Vec<Vec<f64>> = observations(&space, n, Seed(20)).1.into_iter().map(|o| o.x).collect();
    let mut matrix = Gp::for_space(&space, KernelSpec::default()).kernel().gram(&xs);
    (0..n).for_each(|i| matrix[i * n + i] += 1e-2);
    let mut best = f64::INFINITY;
    // about a second, five times at least
    let repeats = 5.max(500_000_000 / n.pow(3).max(1));
    for _ in 0..repeats {
        let clock = ThreadTime::now();
        std::hint::black_box(Cholesky::new(&matrix, n)?);
        best = best.min(clock.elapsed().as_secs_f64());
    }
    println!("{}", json!({"n": n, "cpu": best}));
    Ok(())
}
