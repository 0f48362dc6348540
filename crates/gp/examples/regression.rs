//! A Gaussian process by itself: fit, predict, and look at what it learnt. `cargo run -p gp --example regression`

use gp::{Gp, GpOptions, Kernel, Profile};
use jobs_core::{Observation, Posterior, Seed, Surrogate};
use rand::RngExt;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 40 noisy values of a function of the first of two coordinates
    let mut rng = Seed(1).stream("example", 0);
    let truth = |x: &[f64]| (6.0 * x[0]).sin() + x[0];
    let mut observe = || {
        let x = vec![rng.random::<f64>(), rng.random::<f64>()];
        let y = truth(&x) + 0.1 * (rng.random::<f64>() - 0.5);
        Observation { x, y, noise_variance: 0.0 }
    };
    let data: Vec<Observation> = (0..40).map(|_| observe()).collect();

    let mut gp = Gp::new(Kernel::ard(Profile::Matern52, 2)?, GpOptions::default());
    gp.fit(&data, Seed(0))?;

    println!("   x   truth    mean      sd");
    for i in 0..=10 {
        let x = [f64::from(i) / 10.0, 0.5];
        let belief = gp.predict(&x);
        println!("{:4.1} {:7.3} {:7.3} {:7.3}", x[0], truth(&x), belief.mean, belief.sd());
    }
    let at = gp.hyperparameters();
    println!(
        "length scales {:.2} and {:.2}: the second coordinate does not matter",
        at.kernel[0].exp(),
        at.kernel[1].exp()
    );
    println!("noise sd {:.3} (true {:.3})", gp.noise_variance().sqrt(), 0.1 / 12f64.sqrt());
    println!("log marginal likelihood {:.2}", gp.log_marginal_likelihood());

    // one more observation costs O(n^2): the hyper-parameters stay
    let mut more = data.clone();
    more.push(observe());
    gp.condition_on(&more)?;
    let worst =
        gp.leave_one_out().into_iter().zip(&more).map(|(p, o)| (o.y - p.mean).abs() / p.sd()).fold(0.0, f64::max);
    println!("largest leave-one-out error {worst:.2} standard deviations");
    Ok(())
}
