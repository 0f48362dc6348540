use std::fmt;
use std::str::FromStr;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::AutodiffBackend;
use jobs_core::Seed;
use thiserror::Error;

use super::{MlpConfig, Network, Task, initial, train};

/// Where networks are trained, chosen at run time: `cpu`, `cuda` or `cuda:1`. Predictions are always computed on the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// Burn's pure-Rust CPU backend.
    #[default]
    Cpu,
    /// A CUDA device by index; needs libcuda and libnvrtc at run time.
    #[cfg(feature = "cuda")]
    Cuda(usize),
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// No such kind.
    #[error("unknown device `{0}`, expected `cpu`, `cuda` or `cuda:INDEX`")]
    Unknown(String),
    /// The program was built without CUDA.
    #[error("this program was built without CUDA: build it with `--features cuda`, or use the device `cpu`")]
    NotBuiltIn,
    /// The device did not answer.
    #[error("the device `{device}` cannot be used: {cause}")]
    Unavailable {
        /// Which device.
        device: String,
        /// What it said.
        cause: String,
    },
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let lower = text.trim().to_ascii_lowercase();
        let (kind, index) = lower.split_once(':').unwrap_or((&lower, "0"));
        match (kind, index.parse::<usize>()) {
            ("cpu", Ok(0)) => Ok(Self::Cpu),
            #[cfg(feature = "cuda")]
            ("cuda", Ok(index)) => Ok(Self::Cuda(index)),
            #[cfg(not(feature = "cuda"))]
            ("cuda", Ok(_)) => Err(DeviceError::NotBuiltIn),
            _ => Err(DeviceError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// Work that any backend can do.
pub(crate) trait Job {
    type Output;

    fn run<B: AutodiffBackend>(self, device: &B::Device) -> Self::Output;
}

impl Device {
    /// Does a job here.
    pub(crate) fn run<J: Job>(self, job: J) -> J::Output {
        match self {
            Self::Cpu => job.run::<Autodiff<Flex>>(&Default::default()),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => job.run::<Autodiff<burn_cuda::Cuda>>(&burn_cuda::CudaDevice::new(index)),
        }
    }

    /// Adds two numbers there, so that a missing driver or device is found before anything is trained.
    ///
    /// # Errors
    /// [`DeviceError::Unavailable`] with the driver's words.
    pub fn check(self) -> Result<(), DeviceError> {
        let unavailable = |cause: String| DeviceError::Unavailable { device: self.to_string(), cause };
        // the CUDA backend panics where there is no driver
        match std::panic::catch_unwind(|| self.run(OneAndOne)) {
            Ok(Some(2.0)) => Ok(()),
            Ok(other) => Err(unavailable(format!("1 + 1 gave {other:?}"))),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().map(String::as_str);
                Err(unavailable(words.or(panic.downcast_ref().copied()).unwrap_or("no driver or no device").to_owned()))
            }
        }
    }
}

struct OneAndOne;

impl Job for OneAndOne {
    type Output = Option<f32>;

    fn run<B: AutodiffBackend>(self, device: &B::Device) -> Option<f32> {
        let one = burn::tensor::Tensor::<B, 1>::ones([1], device);
        (one.clone() + one).into_data().to_vec().ok()?.first().copied()
    }
}

struct TrainEnsemble<'a> {
    config: &'a MlpConfig,
    task: &'a Task<'a>,
    start: Network,
}

impl Job for TrainEnsemble<'_> {
    type Output = Option<Network>;

    fn run<B: AutodiffBackend>(self, device: &B::Device) -> Option<Network> {
        train::<B>(self.config, self.task, self.start, device)
    }
}

/// Trains on the device the configuration names; `None` where training did not give finite weights.
pub(crate) fn train_on_device(config: &MlpConfig, task: &Task<'_>, seed: Seed) -> Option<Network> {
    let start = initial(config, task.views.first().and_then(|v| v.first()).map_or(0, Vec::len), seed);
    config.device.run(TrainEnsemble { config, task, start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names() {
        assert_eq!("CPU".parse(), Ok(Device::Cpu));
        assert_eq!(Device::Cpu.to_string(), "cpu");
        assert_eq!("tpu".parse::<Device>(), Err(DeviceError::Unknown("tpu".into())));
        assert!(matches!("cuda:x".parse::<Device>(), Err(DeviceError::Unknown(_))));
        assert!(matches!("cpu:1".parse::<Device>(), Err(DeviceError::Unknown(_))));
        assert_eq!(Device::Cpu.check(), Ok(()));
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn cuda_asks_for_its_feature() {
        let error = "cuda:0".parse::<Device>().unwrap_err();
        assert!(error.to_string().contains("--features cuda"), "{error}");
    }
}
