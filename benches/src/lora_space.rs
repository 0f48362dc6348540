use jobs_core::{Observation, Point, SearchSpace, Seed};

/// The 19-dimensional space of the recorded runs, its nine domains by letters.
pub const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
[[dimension]]
name = "lora_layers"
kind = "integer"
low = 1
high = 32
[[dimension]]
name = "lora_q_proj"
kind = "boolean"
[[dimension]]
name = "lora_v_proj"
kind = "boolean"
[[dimension]]
name = "lora_up_proj"
kind = "boolean"
[[dimension]]
name = "lora_down_proj"
kind = "boolean"
[[dimension]]
name = "lora_gate_proj"
kind = "boolean"
[[dimension]]
name = "lora_rank"
kind = "integer"
low = 1
high = 128
[[dimension]]
name = "lora_dropout"
kind = "real"
low = 0.0
high = 0.1
[[dimension]]
name = "lora_alpha"
kind = "real"
low = 1.0
high = 48.0
[[dimension]]
name = "lora_front_layers"
kind = "boolean"
"#;

/// The first `n` points of the space's design and a smooth loss there, which depends on shares, layers, modules, rank and
/// dropout and on how two of them meet; with a little fixed noise.
pub fn observations(space: &SearchSpace, n: usize, seed: Seed) -> (Vec<Point>, Vec<Observation>) {
    let points = space.design(n, seed);
    let observe = |(i, point): (usize, &Point)| {
        let x = space.encode(point);
        let own = (x[1] + 0.01).ln();
        let noise = 0.01 * (12.9898 * i as f64).sin();
        let y =
            0.05 * (own + 0.5).powi(2) + 0.3 * (x[15] - 0.6).powi(2) - 0.03 * x[13] * x[14] + 0.2 * x[9] * x[9] + noise;
        Observation { x, y, noise_variance: 0.0 }
    };
    let observations = points.iter().enumerate().map(observe).collect();
    (points, observations)
}
