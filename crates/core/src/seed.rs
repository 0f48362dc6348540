use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

/// The root of all randomness of one study. There is no global generator: every use names its purpose and an index and
/// gets a stream of its own, so that adding a draw in one place changes no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// A ChaCha8 stream for one purpose (`"design"`, `"acquisition"`, ...) and index (trial number, restart, ...).
    pub fn stream(self, purpose: &str, index: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(mix(self.0 ^ hash(purpose)));
        rng.set_stream(index);
        rng
    }

    /// A seed for a part that takes one itself (a run, a member of an ensemble).
    pub fn derive(self, purpose: &str, index: u64) -> Self {
        Self(mix(mix(self.0 ^ hash(purpose)).wrapping_add(index)))
    }
}

/// 64-bit FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The finaliser of SplitMix64: a bijection whose every output bit depends on every input bit.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn streams_are_reproducible_and_apart() {
        let draw = |seed: Seed, purpose, index| seed.stream(purpose, index).random::<u64>();
        assert_eq!(draw(Seed(1), "design", 0), draw(Seed(1), "design", 0));
        let mut all = vec![];
        for seed in 0..20 {
            for purpose in ["design", "run", "fit"] {
                for index in 0..20 {
                    all.push(draw(Seed(seed), purpose, index));
                    all.push(Seed(seed).derive(purpose, index).0);
                }
            }
        }
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), n);
    }
}
