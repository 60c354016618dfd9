//! The values behind candle's tensors.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};

/// The f32 values behind a custom operation's argument; refuses what the kernels do not compute.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout, op: &str) -> Result<&'a [f32]> {
    let CpuStorage::F32(data) = storage else {
        candle_core::bail!("{op} computes f32 only");
    };
    match layout.contiguous_offsets().and_then(|(from, to)| data.get(from..to)) {
        Some(values) => Ok(values),
        None => candle_core::bail!("{op} needs a contiguous tensor, got {layout:?}"),
    }
}

/// Runs `read` over the f32 values of contiguous CPU tensors.
pub(super) fn with_values<R, const N: usize>(
    tensors: [&Tensor; N],
    read: impl FnOnce([&[f32]; N]) -> Result<R>,
) -> Result<R> {
    let flat: Vec<Tensor> = tensors.iter().map(|t| t.contiguous()).collect::<Result<_>>()?;
    let guards: Vec<_> = flat.iter().map(|t| t.storage_and_layout()).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&guards) {
        let Storage::Cpu(cpu) = &**storage else {
            candle_core::bail!("this kernel computes on the CPU only");
        };
        *slice = values(cpu, layout, "gradient")?;
    }
    read(slices)
}
