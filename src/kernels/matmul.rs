//! A safe wrapper of the `gemm` crate's matrix product.

use super::Error;

/// The layout of a matrix in a slice: element `(r, c)` is `data[r * row_stride + c * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatrixLayout {
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl MatrixLayout {
    pub fn row_major(rows: usize, columns: usize) -> Self {
        Self { rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The layout of the transposed matrix.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    fn fits(&self, length: usize) -> bool {
        self.rows > 0
            && self.columns > 0
            && (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride < length
    }
}

/// `out (m, n) += a (m, k) * b (k, n)`. Single-threaded, because the callers run one product on each core.
pub(crate) fn add_product(
    out: (&mut [f32], MatrixLayout),
    a: (&[f32], MatrixLayout),
    b: (&[f32], MatrixLayout),
) -> Result<(), Error> {
    let ((out, po), (a, pa), (b, pb)) = (out, a, b);
    let shapes_agree = po.rows == pa.rows && pa.columns == pb.rows && po.columns == pb.columns;
    if !(shapes_agree && po.fits(out.len()) && pa.fits(a.len()) && pb.fits(b.len())) {
        return Err(Error::new(format!(
            "cannot multiply {}x{} by {}x{} into {}x{}",
            pa.rows, pa.columns, pb.rows, pb.columns, po.rows, po.columns
        )));
    }
    #[allow(unsafe_code, reason = "the gemm crate takes raw pointers")]
    // SAFETY: `fits` has shown that every element that the three layouts address lies inside its slice. `out`
    // is borrowed exclusively, so it cannot overlap `a` or `b`. The strides come from `usize` sizes of live
    // slices, hence fit isize.
    unsafe {
        gemm::gemm(
            po.rows,
            po.columns,
            pa.columns,
            out.as_mut_ptr(),
            po.column_stride as isize,
            po.row_stride as isize,
            true,
            a.as_ptr(),
            pa.column_stride as isize,
            pa.row_stride as isize,
            b.as_ptr(),
            pb.column_stride as isize,
            pb.row_stride as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    Ok(())
}
