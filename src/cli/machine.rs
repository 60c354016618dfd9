//! The device that computes a training run, chosen on the command line.

use crate::learn::Backend;
use crate::messages::command;
use anyhow::Result;
use clap::{Args, ValueEnum};

/// What computes.
#[derive(Args, Debug)]
pub struct DeviceArgs {
    /// What computes.
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    device: Device,
    /// With --device cuda: the numbers of the GPUs that learn together, as CUDA counts them: CUDA_DEVICE_ORDER=PCI_BUS_ID makes
    /// that nvidia-smi's order.
    #[arg(long, value_delimiter = ',', default_value = "0")]
    devices: Vec<usize>,
    /// With --device cuda: as what the values between the layers are stored. Weights are always f32.
    #[arg(long, value_enum, default_value_t = PrecisionName::Bf16)]
    precision: PrecisionName,
    /// With --device cuda: the most memory of each GPU to take, in GiB; without it, nine tenths of what is free. Batches that
    /// do not fit are computed in parts.
    #[arg(long)]
    memory: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Device {
    /// The processor.
    Cpu,
    /// NVIDIA GPUs of this machine.
    Cuda,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PrecisionName {
    /// 32 bits, as on the processor.
    F32,
    /// 16 bits with the range of f32.
    Bf16,
}

/// The machine or the build lacks what was asked for. The exit status is 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unable(pub String);

impl DeviceArgs {
    /// Opens the chosen backend.
    ///
    /// # Errors
    /// [`Unable`] if the machine or the build lacks it.
    pub fn open(&self) -> Result<Backend> {
        match self.device {
            Device::Cpu => Ok(Backend::Processor),
            Device::Cuda => self.gpus(),
        }
    }

    #[cfg(not(feature = "cuda"))]
    fn gpus(&self) -> Result<Backend> {
        let why = command::machine::NO_CUDA;
        Err(Unable(why.into()).into())
    }

    #[cfg(feature = "cuda")]
    fn gpus(&self) -> Result<Backend> {
        use crate::kernels::cuda::{Error, Precision};
        let precision = match self.precision {
            PrecisionName::F32 => Precision::F32,
            PrecisionName::Bf16 => Precision::Bf16,
        };
        if self.memory.is_some_and(|gib| !(gib > 0.0 && gib.is_finite())) {
            return Err(Unable(command::machine::MEMORY_WRONG.into()).into());
        }
        let limit = self.memory.map(|gib| (gib * f64::from(1 << 30)) as usize);
        let gpus =
            crate::learn::Gpus::open(&self.devices, precision, limit).map_err(|error| match error {
                Error::Missing(why) => anyhow::Error::from(Unable(why)),
                error => error.into(),
            })?;
        eprintln!("{}", command::machine::learning_on(&gpus.names()?, &format!("{:?}", self.precision)));
        Ok(Backend::Gpus(Box::new(gpus)))
    }
}
