//! Batch normalisation in training, on the GPU; `../norm.rs` has the formulas.

use super::gpu::{Arg, THREADS};
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};
use crate::kernels::Activation;

/// Shapes of a normalisation: `(rows, channels)`.
#[derive(Clone, Copy, Debug)]
pub struct Norm {
    /// Pixels of all images.
    pub rows: usize,
    /// Values for each pixel.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f32,
    /// Activation, applied last.
    pub activation: Activation,
}

/// Weights and statistics of a normalisation, one value for each channel, f32.
#[derive(Clone, Copy, Debug)]
pub struct NormParameters<'a> {
    /// Scale after normalisation.
    pub gamma: Span<'a>,
    /// Shift after normalisation.
    pub beta: Span<'a>,
    /// Running mean.
    pub mean: Span<'a>,
    /// Running variance.
    pub variance: Span<'a>,
    /// `(4, channels)`: mean, 1 / standard deviation, scale, shift.
    pub line: Span<'a>,
}

/// How a sum over rows is split: threads across and down, blocks across and down.
struct Shares {
    block: (u32, u32),
    grid: (u32, u32),
}

impl Norm {
    fn values(&self) -> usize {
        self.rows * self.channels
    }

    fn shares(&self, gpu: &Gpu) -> Shares {
        shares(gpu, self.rows, self.channels, 8)
    }

    /// Length of the buffer for partial sums, in f32 values.
    pub fn partial(&self, gpu: &Gpu) -> usize {
        2 * self.channels * self.shares(gpu).grid.1 as usize
    }

    /// Computes the statistics of `z`, `(rows, channels)`, updates the running statistics with `momentum`,
    /// and writes `known.line`.
    pub fn statistics(
        &self,
        gpu: &Gpu,
        z: Span,
        known: &NormParameters,
        momentum: f32,
        partial: Span,
    ) -> Result<(), Error> {
        let shares = self.shares(gpu);
        self.check(gpu, &[z], known, partial)?;
        let (_, ending) = gpu.pack(self.channels);
        let (rows, channels) = (Arg::Int(self.rows as i32), self.channels as i32);
        let sizes = [Arg::of(z), rows, Arg::Int(channels), Arg::of(partial)];
        gpu.launch(&format!("squares{ending}"), (shares.grid.0, shares.grid.1, 1), shares.block, &sizes)?;
        let args = [
            Arg::of(partial),
            Arg::Int(shares.grid.1 as i32),
            Arg::of(z),
            Arg::Int(self.rows as i32),
            Arg::Int(channels),
            Arg::of(known.gamma),
            Arg::of(known.beta),
            Arg::Float(self.epsilon),
            Arg::Float(momentum),
            Arg::of(known.mean),
            Arg::of(known.variance),
            Arg::of(known.line),
        ];
        gpu.launch("statistics", (self.channels.div_ceil(32) as u32, 1, 1), (32, 32), &args)
    }

    /// `y = activation(scale * z + shift + add)`. `z`, `y` and `add`: `(rows, channels)`; `add` may be `y`
    /// itself.
    pub fn normalise(&self, gpu: &Gpu, z: Span, line: Span, add: Option<Span>, y: Span) -> Result<(), Error> {
        let values = self.values();
        let added = add.map_or(values, |add| add.len());
        fits(
            "normalising",
            &[(z.len(), values), (y.len(), values), (added, values), (line.len(), 4 * self.channels)],
        )?;
        z.is(Kind::Real)?;
        y.is(Kind::Real)?;
        let (pack, ending) = gpu.pack(self.channels);
        let bounds = self.activation.bounds();
        let packs = values / pack;
        let args = [
            Arg::of(z),
            Arg::of(line),
            Arg::maybe(add),
            Arg::Float(bounds.low),
            Arg::Float(bounds.high),
            Arg::Count(packs as u32),
            Arg::Int(self.channels as i32),
            Arg::of(y),
        ];
        gpu.each(&format!("normalise{ending}"), packs, &args)
    }

    /// The backward pass. `y`: the activation's result, needed if it does not depend on `z` alone. Adds to
    /// the gradients of gamma and beta (`slopes`) and writes `dz`, which may be `dy`. If `keep`, `dy` becomes
    /// the gradient before the activation.
    #[allow(clippy::too_many_arguments, reason = "each is another span of the same layer")]
    pub fn gradient(
        &self,
        gpu: &Gpu,
        dy: Span,
        y: Option<Span>,
        z: Span,
        known: &NormParameters,
        slopes: (Span, Span),
        keep: bool,
        (partial, descent): (Span, Span),
        dz: Span,
    ) -> Result<(), Error> {
        let shares = self.shares(gpu);
        self.check(gpu, &[dy, z, dz, y.unwrap_or(z)], known, partial)?;
        let channels = self.channels;
        let lengths = [(slopes.0.len(), channels), (slopes.1.len(), channels), (descent.len(), 3 * channels)];
        fits("a normalisation's gradient", &lengths)?;
        let (pack, ending) = gpu.pack(channels);
        let bounds = self.activation.bounds();
        let size = || Arg::Int(channels as i32);
        let args = [
            Arg::of(dy),
            Arg::maybe(y),
            Arg::of(z),
            Arg::of(known.line),
            Arg::Float(bounds.low),
            Arg::Float(bounds.high),
            Arg::Int(self.rows as i32),
            size(),
            Arg::of(partial),
        ];
        gpu.launch(&format!("products{ending}"), (shares.grid.0, shares.grid.1, 1), shares.block, &args)?;
        let args = [
            Arg::of(partial),
            Arg::Int(shares.grid.1 as i32),
            Arg::Int(self.rows as i32),
            size(),
            Arg::of(known.gamma),
            Arg::of(known.line),
            Arg::of(slopes.0),
            Arg::of(slopes.1),
            Arg::of(descent),
        ];
        gpu.launch("gradient_line", (channels.div_ceil(32) as u32, 1, 1), (32, 32), &args)?;
        let packs = self.values() / pack;
        let args = [
            Arg::of(dy),
            Arg::maybe(y),
            Arg::of(z),
            Arg::of(known.line),
            Arg::of(descent),
            Arg::Float(bounds.low),
            Arg::Float(bounds.high),
            Arg::Int(i32::from(keep)),
            Arg::Count(packs as u32),
            size(),
            Arg::of(dz),
        ];
        gpu.each(&format!("descend{ending}"), packs, &args)
    }

    fn check(&self, gpu: &Gpu, values: &[Span], known: &NormParameters, partial: Span) -> Result<(), Error> {
        let channels = self.channels;
        let NormParameters { gamma, beta, mean, variance, line } = known;
        let mut lengths: Vec<(usize, usize)> =
            [gamma, beta, mean, variance].iter().map(|span| (span.len(), channels)).collect();
        lengths.extend(values.iter().map(|span| (span.len(), self.values())));
        lengths.extend([(line.len(), 4 * channels), (partial.len(), self.partial(gpu))]);
        if self.rows > 1 << 30 {
            return Err(Error::Shape(format!("{} pixels cannot be counted; use smaller batches", self.rows)));
        }
        values.iter().try_for_each(|span| span.is(Kind::Real))?;
        fits("a normalisation", &lengths)
    }
}

/// Writes `known.line` from the running statistics, for inference.
pub fn known_line(gpu: &Gpu, known: &NormParameters, epsilon: f32) -> Result<(), Error> {
    let NormParameters { gamma, beta, mean, variance, line } = known;
    let channels = gamma.len();
    fits(
        "a line",
        &[
            (beta.len(), channels),
            (mean.len(), channels),
            (variance.len(), channels),
            (line.len(), 4 * channels),
        ],
    )?;
    let args = [
        Arg::of(*gamma),
        Arg::of(*beta),
        Arg::of(*mean),
        Arg::of(*variance),
        Arg::Float(epsilon),
        Arg::Int(channels as i32),
        Arg::of(*line),
    ];
    gpu.launch("known_line", (channels.div_ceil(THREADS as usize) as u32, 1, 1), (THREADS, 1), &args)
}

/// Threads lie across channels first, which are neighbours in memory. Each thread takes about `each` rows,
/// with no more blocks than keep the GPU busy.
fn shares(gpu: &Gpu, rows: usize, channels: usize, each: usize) -> Shares {
    let (across, down, blocks) = super::depthwise::block(gpu, channels);
    let most = (8 * gpu.multiprocessors() / blocks).clamp(1, super::depthwise::MOST_PARTS) as usize;
    let parts = rows.div_ceil(down as usize * each).clamp(1, most);
    Shares { block: (across, down), grid: (blocks, parts as u32) }
}
