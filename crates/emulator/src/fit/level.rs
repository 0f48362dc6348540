use jobs_core::Seed;

use super::super::EmulatorError;
use super::super::features::{FeatureMap, ShareView};
use super::super::level::{Level, Link};
use super::super::network::Network;
use super::super::noise::Noise;
use super::super::scaling::rounded;
use super::data::{median, quantile};
use super::evidence::{Design, Weights, fit};

/// Members: every view of the shares with each prior of the input scales (median, log-standard deviation), each with several hidden
/// layers. The priors expect most inputs to matter little and let a few matter a thousand times more. Many small members predict
/// left-out searches better than few large ones: the mean takes away what one hidden layer happens to suggest between the runs.
const VIEWS: [ShareView; 3] = [ShareView::Log, ShareView::LogAndLinear, ShareView::LogAndRoot];
const PRIORS: [(f64, f64); 2] = [(0.05, 2.0), (0.12, 2.0)];
const LAYERS: usize = 2;
/// Hidden units of a member.
const UNITS: usize = 64;

/// Fits g from (standardised features, best loss) rows.
pub(super) fn fit_level(
    features: &FeatureMap,
    z: &[Vec<f64>],
    best: &[f64],
    noise: &Noise,
    seed: Seed,
) -> Result<Level, EmulatorError> {
    let link = link(best);
    let outputs: Vec<f64> = best.iter().map(|&b| link.output(b)).collect();
    // run-to-run noise, carried through the link: sd(ln(y - floor)) = sd(y) / (y - floor)
    let known: Vec<f64> = best.iter().map(|&b| (noise.sd(b) / (b - link.floor)).powi(2)).collect();
    let mut members = vec![];
    for view in VIEWS.repeat(LAYERS) {
        for (scale, spread) in PRIORS {
            let design = Design {
                seed: seed.derive("level", members.len() as u64),
                units: UNITS,
                inputs: features.inputs(view),
                scale,
                spread,
            };
            members.push(Network::new(fit(z, &outputs, &known, &design, Weights::Mean)?));
        }
    }
    Ok(Level { link, members })
}

/// The floor lies as far below the lowest loss as the median lies above it, but not below half the lowest loss of a positive metric;
/// outputs may leave their recorded range by half the distance between its end and the median.
fn link(best: &[f64]) -> Link {
    let low = best.iter().copied().fold(f64::INFINITY, f64::min);
    let middle = median(best.to_vec()).unwrap_or(low);
    let high = best.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut spread = middle - low;
    if spread <= 1e-9 * low.abs() {
        spread = (high - low).max(1e-3 * low.abs()).max(1e-6);
    }
    let mut floor = low - spread;
    if low > 0.0 {
        floor = floor.max(0.5 * low);
    }
    let output = |loss: f64| (loss - floor).ln();
    let upper = quantile(best.to_vec(), 0.9).unwrap_or(high);
    let reach = 0.5 * (output(middle) - output(low)).max(0.1);
    let top = output(high).max(output(upper));
    Link {
        floor: rounded(floor),
        low: rounded(output(low) - reach),
        high: rounded(top + reach),
        width: rounded(reach / 3.0),
    }
}
