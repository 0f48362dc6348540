use burn::backend::{Autodiff, Flex};
use jobs_core::Seed;

use crate::mlp::{MlpConfig, Network, Task, initial, train};

/// Where the ensemble is trained. Predictions are always computed on the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// Burn's pure-Rust CPU backend.
    #[default]
    Cpu,
    /// A CUDA device by index; needs libcuda at run time.
    #[cfg(feature = "cuda")]
    Cuda(usize),
}

/// Trains on the device the configuration names; `None` where training did not give finite weights.
pub(crate) fn train_on_device(config: &MlpConfig, task: &Task<'_>, seed: Seed) -> Option<Network> {
    let start = initial(config, task.views.first().and_then(|v| v.first()).map_or(0, Vec::len), seed);
    match config.device {
        Device::Cpu => train::<Autodiff<Flex>>(config, task, start, &Default::default()),
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => {
            let device = burn_cuda::CudaDevice::new(index);
            train::<Autodiff<burn_cuda::Cuda>>(config, task, start, &device)
        }
    }
}
