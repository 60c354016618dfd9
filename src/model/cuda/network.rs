//! Training a whole network on a GPU: forward pass, losses, backward pass, optimiser step.

use super::body::{Body, set};
use super::layer::{Rows, place};
use super::layout::Layout;
use crate::kernels::cuda::{
    self, Answers, Buffer, Error as GpuError, Gpu, Head, KNOBS, Knobs, Replay, Span, Uploads,
};
use crate::model::Error;
use crate::model::Graph;
use rayon::prelude::*;
use std::rc::Rc;

/// A network on one GPU, for a fixed batch size.
///
/// Work is queued: [`Network::send`] and [`Network::learn`] for each part of a batch, then
/// [`Network::update`]. It is recorded once as a CUDA graph; afterwards each part is one call, however many
/// layers the network has.
#[derive(Debug)]
pub struct Network {
    // Fields drop in order: recorded graphs and buffers before the GPU.
    learning: Option<Replay>,
    updating: Option<Replay>,
    reading: Option<Replay>,
    body: Body,
    rows: Weights,
    ends: Ends,
    uploads: Uploads,
    answers: Answers,
    begins: bool,
    sizes: NetworkShape,
    gpu: Rc<Gpu>,
}

/// Number of values of an image on its way to and from the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkShape {
    /// Images in a batch.
    pub batch: usize,
    /// Values of one image.
    pub image: usize,
    /// Classes.
    pub classes: usize,
    /// Pixels of the outline; 0 if the network does not segment.
    pub outline: usize,
}

/// One part of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// `(images, height, width, channels)`, normalised.
    pub images: &'a [f32],
    /// `(images, classes)`, 0 to 1.
    pub targets: &'a [f32],
    /// `(images, pixels)`, 0 to 1; empty if the network does not segment.
    pub masks: &'a [f32],
}

/// One of the arrays that a checkpoint holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Trainable weights.
    Learned,
    /// First moments of AdamW.
    First,
    /// Second moments of AdamW.
    Second,
    /// Moving average of the weights.
    Average,
    /// Running statistics of batch normalisation.
    Followed,
    /// Moving average of the running statistics.
    FollowedAverage,
}

/// All weights, each kind in one buffer.
#[derive(Debug)]
struct Weights {
    layout: Layout,
    learned: Buffer,
    /// The weights in use, current or averaged, in the precision of the activations.
    stored: Buffer,
    /// Longer than the weights by [`TAIL`]. The tail begins with the loss, so that one all-reduce sums
    /// gradients and loss.
    gradient: Buffer,
    first: Buffer,
    second: Buffer,
    average: Buffer,
    decays: Buffer,
    followed: Buffer,
    followed_average: Buffer,
}

const TAIL: usize = 8;

/// Values that one thread copies at a time.
const COPIED: usize = 1 << 16;

/// Buffers of the head and of the losses.
#[derive(Debug)]
struct Ends {
    head: Head,
    /// Index of the head's weights in `Layout::learned`; its biases follow.
    weights: usize,
    targets: Buffer,
    masks: Buffer,
    pooled: Buffer,
    logits: Buffer,
    slopes: Buffer,
    losses: Buffer,
    outlines: Buffer,
    knobs: Buffer,
    told: Buffer,
}

impl Network {
    /// Allocates all memory, runs one step on empty buffers, and records it. All weights are zero until they
    /// are written.
    ///
    /// # Errors
    /// Fails if the graph is inconsistent or has layers that cannot learn on a GPU, or if the GPU has too little memory.
    pub fn new(gpu: Rc<Gpu>, graph: &Graph, batch: usize) -> Result<Self, Error> {
        let shapes = graph.shapes()?;
        let shape = |value: usize| shapes.get(value).copied().unwrap_or_default();
        let map = shape(graph.features);
        let sizes = NetworkShape {
            batch,
            image: shape(0).values(),
            classes: graph.head.classes,
            outline: graph.outline.map_or(0, |value| shape(value).values()),
        };
        let head = Head {
            batch,
            pixels: map.height * map.width,
            channels: map.channels,
            classes: graph.head.classes,
        };
        let layout = Layout::new(graph)?;
        let body = Body::new(&gpu, graph, &layout, &shapes, batch)?;
        let ends = Ends::new(&gpu, head, &layout, &sizes)?;
        let rows = Weights::new(&gpu, layout)?;
        let uploads = Uploads::new(&gpu, sizes.sent())?;
        let answers = Answers::new(&gpu)?;
        let (learning, updating, reading) = (None, None, None);
        let mut network = Self {
            learning,
            updating,
            reading,
            body,
            rows,
            ends,
            uploads,
            answers,
            begins: false,
            sizes,
            gpu,
        };
        network.record()?;
        Ok(network)
    }

    /// Runs everything once, which allocates memory and initialises the libraries, and then records it.
    fn record(&mut self) -> Result<(), Error> {
        let Self { body, rows, ends, gpu, .. } = self;
        // Memory cannot be allocated while a graph is recorded, so the step runs until it allocates nothing
        // more.
        loop {
            let made = body.spare.made();
            queue_learning(gpu, body, rows, ends)?;
            if body.spare.made() == made {
                break;
            }
        }
        queue_update(gpu, rows, ends)?;
        queue_reading(gpu, body, rows, ends)?;
        gpu.finish()?;
        self.learning = Some(gpu.replay(|| queue_learning(gpu, body, rows, ends))?);
        self.updating = Some(gpu.replay(|| queue_update(gpu, rows, ends))?);
        self.reading = Some(gpu.replay(|| queue_reading(gpu, body, rows, ends))?);
        // The step on empty buffers may have left NaN.
        for part in
            [Part::Learned, Part::First, Part::Second, Part::Average, Part::Followed, Part::FollowedAverage]
        {
            let gpu = self.gpu.clone();
            gpu.clear(self.row(part))?;
        }
        self.begin()
    }

    /// Locations of the weights in the buffers.
    pub fn layout(&self) -> &Layout {
        &self.rows.layout
    }

    /// Numbers of values for each image.
    pub fn sizes(&self) -> NetworkShape {
        self.sizes
    }

    /// Writes one of the arrays. `values`: as many as the array has.
    pub fn write(&mut self, part: Part, values: &[f32]) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        Ok(gpu.write(self.row(part), values)?)
    }

    /// Waits for all queued work and reads one of the arrays.
    pub fn read(&mut self, part: Part) -> Result<Vec<f32>, Error> {
        let gpu = self.gpu.clone();
        Ok(gpu.read(self.row(part).all())?)
    }

    fn row(&mut self, part: Part) -> &mut Buffer {
        let rows = &mut self.rows;
        match part {
            Part::Learned => &mut rows.learned,
            Part::First => &mut rows.first,
            Part::Second => &mut rows.second,
            Part::Average => &mut rows.average,
            Part::Followed => &mut rows.followed,
            Part::FollowedAverage => &mut rows.followed_average,
        }
    }

    /// Clears gradients and pending results of an interrupted run.
    pub fn begin(&mut self) -> Result<(), Error> {
        while self.answers.answer()?.is_some() {}
        self.answers.busy(&self.gpu)?;
        self.gpu.clear(&mut self.rows.gradient)?;
        self.begins = true;
        Ok(())
    }

    /// Queues the copy of a part of a batch to the GPU. It runs beside the computation of the part before.
    ///
    /// # Errors
    /// Fails if the lengths of `batch` do not match [`NetworkShape`].
    pub fn send(&mut self, batch: &Batch, knobs: &Knobs) -> Result<(), Error> {
        let (sizes, gpu, ends) = (self.sizes, &self.gpu, &self.ends);
        let wanted = [sizes.batch * sizes.image, sizes.batch * sizes.classes, sizes.batch * sizes.outline];
        let given = [batch.images.len(), batch.targets.len(), batch.masks.len()];
        if given != wanted {
            return Err(Error::Graph(format!("a batch of {given:?} values where {wanted:?} are needed")));
        }
        let parts = [batch.images, batch.targets, batch.masks, &knobs.values()];
        let fill = |place: &mut [f32]| {
            let mut rest = place;
            for part in parts {
                let Some((own, others)) = rest.split_at_mut_checked(part.len()) else { return };
                own.par_chunks_mut(COPIED)
                    .zip(part.par_chunks(COPIED))
                    .for_each(|(to, from)| to.copy_from_slice(from));
                rest = others;
            }
        };
        let (answers, begins) = (&mut self.answers, std::mem::take(&mut self.begins));
        let image = self.body.values.first().map(Buffer::all);
        self.uploads.send(gpu, fill, |sent| {
            if begins {
                answers.begin(gpu)?;
            }
            let [images, targets, masks] = wanted;
            if let Some(image) = image {
                cuda::narrow(gpu, sent.part(0, images)?, image)?;
            }
            gpu.copy(sent.part(images, targets)?, ends.targets.all())?;
            gpu.copy(sent.part(images + targets, masks)?, ends.masks.all())?;
            gpu.copy(sent.part(images + targets + masks, KNOBS)?, ends.knobs.all())
        })?;
        Ok(())
    }

    /// Queues the forward and backward pass of the last part sent. Adds to the gradients and to the loss.
    pub fn learn(&mut self) -> Result<(), Error> {
        Ok(self.learning.as_ref().map_or(Ok(()), Replay::run)?)
    }

    /// The gradients of all weights, followed by the loss, for the all-reduce over several GPUs.
    pub fn gradient(&self) -> (&Gpu, Span<'_>) {
        (&self.gpu, self.rows.gradient.all())
    }

    /// Queues the optimiser step. Returns the loss of an earlier step, if one is ready.
    pub fn update(&mut self) -> Result<Option<f32>, Error> {
        self.updating.as_ref().map_or(Ok(()), Replay::run)?;
        self.begins = true;
        Ok(self.answers.ask(&self.gpu, self.ends.told.all())?)
    }

    /// Waits for the next loss that [`Network::update`] has not returned yet; `None` if there is none.
    pub fn answer(&mut self) -> Result<Option<f32>, Error> {
        Ok(self.answers.answer()?)
    }

    /// The fraction of the time since [`Network::begin`] that the GPU was busy, 0 to 1.
    pub fn busy(&mut self) -> Result<Option<f64>, Error> {
        Ok(self.answers.busy(&self.gpu)?)
    }

    /// Runs inference with the averaged weights and running statistics.
    ///
    /// # Shapes
    /// `images`: `(images, height, width, channels)` with at most [`NetworkShape::batch`] images, normalised.
    ///
    /// Returns logits `(images, classes)` and outlines `(images, pixels)`.
    pub fn infer(&mut self, images: &[f32]) -> Result<(Vec<f32>, Vec<f32>), Error> {
        let (gpu, count) = (&self.gpu, images.len() / self.sizes.image.max(1));
        let image = self.body.values.first().map(Buffer::all);
        let fill = |place: &mut [f32]| {
            let (own, rest) = place.split_at_mut(images.len().min(place.len()));
            own.copy_from_slice(images.get(..own.len()).unwrap_or_default());
            rest.fill(0.0);
        };
        let values = self.sizes.batch * self.sizes.image;
        self.uploads.send(gpu, fill, |sent| match image {
            Some(image) => cuda::narrow(gpu, sent.part(0, values)?, image),
            None => Ok(()),
        })?;
        self.reading.as_ref().map_or(Ok(()), Replay::run)?;
        let logits = gpu.read(self.ends.logits.span(0, count * self.sizes.classes)?)?;
        let outlines = gpu.read(self.ends.outlines.span(0, count * self.sizes.outline)?)?;
        Ok((logits, outlines))
    }
}

impl NetworkShape {
    /// Values sent to the GPU for one part of a batch.
    fn sent(&self) -> usize {
        self.batch * (self.image + self.classes + self.outline) + KNOBS
    }
}

fn queue_learning(gpu: &Gpu, body: &mut Body, rows: &Weights, ends: &Ends) -> Result<(), GpuError> {
    let used = rows.now();
    body.forward(gpu, &used, true)?;
    ends.answers(gpu, body, &used)?;
    let (knobs, losses) = (ends.knobs.all(), ends.losses.all());
    let about = (ends.logits.all(), ends.targets.all());
    cuda::cross_entropy(gpu, &ends.head, about, knobs, losses, ends.slopes.all())?;
    let mut gradients: Vec<Option<Buffer>> = body.values.iter().map(|_| None).collect();
    let of_head = |index| place(&rows.gradient, &rows.layout.learned, index);
    cuda::head_weights(
        gpu,
        &ends.head,
        ends.slopes.all(),
        ends.pooled.all(),
        of_head(ends.weights)?,
        of_head(ends.weights + 1)?,
    )?;
    let map = body.spare.take(gpu, ends.head.batch * ends.head.pixels * ends.head.channels)?;
    cuda::pool_back(gpu, &ends.head, ends.slopes.all(), used.weight(ends.weights)?, map.all())?;
    set(&mut gradients, body.features, map);
    if let Some(value) = body.outline
        && let Some(drawn) = body.values.get(value)
    {
        let slopes = body.spare.take(gpu, drawn.len())?;
        let sizes = (ends.head.batch, drawn.len() / ends.head.batch.max(1));
        cuda::outline(gpu, sizes, (drawn.all(), ends.masks.all()), knobs, losses, slopes.all())?;
        set(&mut gradients, value, slopes);
    }
    cuda::total(gpu, losses, rows.gradient.span(rows.layout.learned_len, 1)?)?;
    body.backward(gpu, &used, &rows.gradient, gradients)
}

fn queue_update(gpu: &Gpu, rows: &Weights, ends: &Ends) -> Result<(), GpuError> {
    let gradient = rows.gradient.span(0, rows.layout.learned_len)?;
    let knobs = ends.knobs.all();
    let moments = (rows.first.all(), rows.second.all());
    cuda::adamw(gpu, gradient, knobs, rows.decays.all(), rows.learned.all(), moments)?;
    cuda::follow(gpu, rows.learned.all(), knobs, rows.average.all())?;
    cuda::follow(gpu, rows.followed.all(), knobs, rows.followed_average.all())?;
    cuda::report(gpu, rows.gradient.span(rows.layout.learned_len, 1)?, ends.told.all())
}

fn queue_reading(gpu: &Gpu, body: &mut Body, rows: &Weights, ends: &Ends) -> Result<(), GpuError> {
    let used = Rows { learned: &rows.average, followed: &rows.followed_average, ..rows.now() };
    body.forward(gpu, &used, false)?;
    ends.answers(gpu, body, &used)?;
    match body.outline.and_then(|value| body.values.get(value)) {
        Some(drawn) => cuda::widen(gpu, drawn.all(), ends.outlines.all()),
        None => Ok(()),
    }
}

impl Weights {
    fn new(gpu: &Gpu, layout: Layout) -> Result<Self, GpuError> {
        let (learned, followed) = (layout.learned_len, layout.followed_len);
        Ok(Self {
            learned: gpu.floats(learned)?,
            stored: gpu.reals(learned)?,
            gradient: gpu.floats(learned + TAIL)?,
            first: gpu.floats(learned)?,
            second: gpu.floats(learned)?,
            average: gpu.floats(learned)?,
            decays: gpu.bytes(&layout.decays())?,
            followed: gpu.floats(followed)?,
            followed_average: gpu.floats(followed)?,
            layout,
        })
    }

    /// The current weights.
    fn now(&self) -> Rows<'_> {
        let Self { layout, learned, stored, followed, .. } = self;
        Rows { layout, learned, stored, followed }
    }
}

impl Ends {
    fn new(gpu: &Gpu, head: Head, layout: &Layout, sizes: &NetworkShape) -> Result<Self, Error> {
        let (batch, answers) = (head.batch, head.batch * head.classes);
        Ok(Self {
            targets: gpu.floats(answers)?,
            masks: gpu.floats(batch * sizes.outline)?,
            pooled: gpu.floats(batch * head.channels)?,
            logits: gpu.floats(answers)?,
            slopes: gpu.floats(answers)?,
            losses: gpu.floats(batch)?,
            outlines: gpu.floats(batch * sizes.outline)?,
            knobs: gpu.floats(KNOBS)?,
            told: gpu.floats(1)?,
            weights: layout.learned("head.weight")?,
            head,
        })
    }

    fn answers(&self, gpu: &Gpu, body: &Body, rows: &Rows) -> Result<(), GpuError> {
        let Some(map) = body.values.get(body.features) else { return Ok(()) };
        cuda::pool(gpu, &self.head, map.all(), self.pooled.all())?;
        let (w, bias) = (rows.weight(self.weights)?, rows.weight(self.weights + 1)?);
        cuda::logits(gpu, &self.head, self.pooled.all(), w, bias, self.logits.all())
    }
}
