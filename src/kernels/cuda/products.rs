//! Matrix products by cuBLAS. cuBLAS is column-major, so it sees each row-major matrix here as its transpose.

#![allow(unsafe_code, reason = "cuBLAS is foreign code; sizes are checked before each call")]

use super::memory::Kind;
use super::{Error, Gpu, Precision, Span, fits};
use cudarc::cublas::result;
use cudarc::cublas::sys::{
    cublasComputeType_t as Compute, cublasGemmAlgo_t as Algorithm, cublasOperation_t as Operation,
    cudaDataType as Type,
};

/// `(rows, from, to)`: inputs `(rows, from)`, weights `(to, from)`, outputs `(rows, to)`.
type GemmShape = (usize, usize, usize);

/// `y = x w^t`.
///
/// # Shapes
/// `x`: `(rows, from)`; `w`: `(to, from)`; `y`: `(rows, to)`; all in the type of activations.
pub fn results(gpu: &Gpu, (rows, from, to): GemmShape, x: Span, w: Span, y: Span) -> Result<(), Error> {
    let lengths = [(x.len(), rows * from), (w.len(), to * from), (y.len(), rows * to)];
    let sizes = (to, rows, from);
    let (turned, plain) = (Operation::CUBLAS_OP_T, Operation::CUBLAS_OP_N);
    product(gpu, sizes, (w, turned, from), (x, plain, from), (y, to, false), &lengths)
}

/// `dx = dy w`, or `dx += dy w` if `add`.
///
/// # Shapes
/// `dy`: `(rows, to)`; `w`: `(to, from)`; `dx`: `(rows, from)`; all in the type of activations.
pub fn image(
    gpu: &Gpu,
    (rows, from, to): GemmShape,
    dy: Span,
    w: Span,
    add: bool,
    dx: Span,
) -> Result<(), Error> {
    let lengths = [(dx.len(), rows * from), (w.len(), to * from), (dy.len(), rows * to)];
    let plain = Operation::CUBLAS_OP_N;
    product(gpu, (from, rows, to), (w, plain, from), (dy, plain, to), (dx, from, add), &lengths)
}

/// `dw = dy^t x`, or `dw += dy^t x` if `add`.
///
/// # Shapes
/// `x`: `(rows, from)`; `dy`: `(rows, to)`; both in the type of activations. `dw`: `(to, from)`, f32.
pub fn weights(
    gpu: &Gpu,
    (rows, from, to): GemmShape,
    x: Span,
    dy: Span,
    add: bool,
    dw: Span,
) -> Result<(), Error> {
    let lengths = [(x.len(), rows * from), (dw.len(), to * from), (dy.len(), rows * to)];
    dw.is(Kind::F32)?;
    let (turned, plain) = (Operation::CUBLAS_OP_T, Operation::CUBLAS_OP_N);
    product(gpu, (from, to, rows), (x, plain, from), (dy, turned, to), (dw, from, add), &lengths)
}

/// A matrix, whether it is transposed, and its row length.
type Factor<'a> = (Span<'a>, Operation, usize);

fn product(
    gpu: &Gpu,
    (m, n, k): GemmShape,
    (a, how_a, row_a): Factor,
    (b, how_b, row_b): Factor,
    (c, row_c, add): (Span, usize, bool),
    lengths: &[(usize, usize)],
) -> Result<(), Error> {
    fits("a matrix product", lengths)?;
    a.is(Kind::Real)?;
    b.is(Kind::Real)?;
    let kind = match gpu.precision() {
        Precision::F32 => Type::CUDA_R_32F,
        Precision::Bf16 => Type::CUDA_R_16BF,
    };
    let kind_c = if c.is(Kind::F32).is_ok() { Type::CUDA_R_32F } else { kind };
    let (one, before) = (1f32, if add { 1f32 } else { 0f32 });
    let int = |size: usize| {
        i32::try_from(size)
            .map_err(|_| Error::Shape(format!("a matrix with a side of {size}; use smaller batches")))
    };
    gpu.bind()?;
    // SAFETY: all three matrices have the given sizes and lie on this GPU; the two scalars are read before
    // the call returns. In f32, cuBLAS uses TF32 only if told to, so no mantissa is shortened.
    unsafe {
        result::gemm_ex(
            gpu.blas(),
            how_a,
            how_b,
            int(m)?,
            int(n)?,
            int(k)?,
            (&raw const one).cast(),
            a.address() as *const _,
            kind,
            int(row_a)?,
            b.address() as *const _,
            kind,
            int(row_b)?,
            (&raw const before).cast(),
            c.address() as *mut _,
            kind_c,
            int(row_c)?,
            Compute::CUBLAS_COMPUTE_32F,
            Algorithm::CUBLAS_GEMM_DEFAULT,
        )?;
    }
    Ok(())
}
