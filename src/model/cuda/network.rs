//! A whole network that learns on a GPU: forward, losses, back, step.

use super::body::{Body, set};
use super::layer::{Rows, place};
use super::layout::Layout;
use crate::kernels::cuda::{
    self, Answers, Buffer, Error as GpuError, Gpu, Head, KNOBS, Knobs, Replay, STATE, Span, Uploads,
};
use crate::model::Error;
use crate::model::Graph;
use rayon::prelude::*;
use std::rc::Rc;

/// A network on one GPU, for a fixed number of images at once.
///
/// Work on it is queued: [`Network::send`] and [`Network::learn`] for each part of a batch, then [`Network::update`]. The first time
/// it is only recorded; afterwards a part costs the processor one call, however many layers there are.
#[derive(Debug)]
pub struct Network {
    // Replays and buffers are given back before the GPU is.
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

/// How many values an image has on its way in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkShape {
    /// Images at once.
    pub batch: usize,
    /// Values of an image.
    pub image: usize,
    /// Answers.
    pub classes: usize,
    /// Pixels of the outline; 0 without one.
    pub outline: usize,
}

/// One part of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// `(images, height, width, channels)`, normalised.
    pub images: &'a [f32],
    /// `(images, classes)`.
    pub targets: &'a [f32],
    /// `(images, pixels)`; empty without an outline.
    pub masks: &'a [f32],
}

/// A row of values that a checkpoint holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is learned.
    Learned,
    /// Its first moments.
    First,
    /// Its second moments.
    Second,
    /// Its average.
    Average,
    /// Running statistics.
    Followed,
    /// Their average.
    FollowedAverage,
}

/// All rows of weights.
#[derive(Debug)]
struct Weights {
    layout: Layout,
    learned: Buffer,
    /// What is used of them, learned or averaged, as activations are stored.
    stored: Buffer,
    /// Longer by [`TAIL`], which begins with the loss: both are summed over all GPUs at once.
    gradient: Buffer,
    first: Buffer,
    second: Buffer,
    average: Buffer,
    decays: Buffer,
    followed: Buffer,
    followed_average: Buffer,
}

const TAIL: usize = 8;

/// Values that a thread copies at once.
const COPIED: usize = 1 << 16;

/// What stands at both ends of the network.
#[derive(Debug)]
struct Ends {
    head: Head,
    /// Of `Layout::learned`: the head's weights, before its biases.
    weights: usize,
    targets: Buffer,
    masks: Buffer,
    pooled: Buffer,
    logits: Buffer,
    slopes: Buffer,
    losses: Buffer,
    outlines: Buffer,
    knobs: Buffer,
    state: Buffer,
    told: Buffer,
}

impl Network {
    /// Takes all memory, does a step on nothing, and records it. All weights are zero until they are written.
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

    /// Does everything, so that all memory is taken and every library awake, and then records it.
    fn record(&mut self) -> Result<(), Error> {
        let Self { body, rows, ends, gpu, .. } = self;
        // Nothing can be taken while work is recorded: first it is done until nothing is taken any more.
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
        // A step on nothing leaves what is no number.
        for part in
            [Part::Learned, Part::First, Part::Second, Part::Average, Part::Followed, Part::FollowedAverage]
        {
            let gpu = self.gpu.clone();
            gpu.clear(self.row(part))?;
        }
        self.begin()
    }

    /// Where each weight lies in the rows.
    pub fn layout(&self) -> &Layout {
        &self.rows.layout
    }

    /// How many values go in and out.
    pub fn sizes(&self) -> NetworkShape {
        self.sizes
    }

    /// Writes a row.
    pub fn write(&mut self, part: Part, values: &[f32]) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        Ok(gpu.write(self.row(part), values)?)
    }

    /// Waits for all work and reads a row.
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

    /// Forgets gradients and what a run that was broken off left untold, and sets the loss scale to where it begins.
    pub fn begin(&mut self) -> Result<(), Error> {
        while self.answers.answer()?.is_some() {}
        self.answers.busy(&self.gpu)?;
        self.gpu.clear(&mut self.rows.gradient)?;
        self.gpu.write(&mut self.ends.state, &self.gpu.precision().state())?;
        self.begins = true;
        Ok(())
    }

    /// Copies a part of a batch to the GPU while that computes.
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

    /// Adds the gradients and the loss of the part that was sent last.
    pub fn learn(&mut self) -> Result<(), Error> {
        Ok(self.learning.as_ref().map_or(Ok(()), Replay::run)?)
    }

    /// The gradients of all weights and the loss, for the sum over several GPUs.
    pub fn gradient(&self) -> (&Gpu, Span<'_>) {
        (&self.gpu, self.rows.gradient.all())
    }

    /// A step down the gradient. Returns the loss of an earlier step, and 1 beside it where that step was left out because its
    /// gradient was no number.
    pub fn update(&mut self) -> Result<Option<[f32; 2]>, Error> {
        self.updating.as_ref().map_or(Ok(()), Replay::run)?;
        self.begins = true;
        Ok(self.answers.ask(&self.gpu, self.ends.told.all())?)
    }

    /// Waits for what [`Network::update`] has not told yet: the next step's answer, `None` at the end.
    pub fn answer(&mut self) -> Result<Option<[f32; 2]>, Error> {
        Ok(self.answers.answer()?)
    }

    /// The share of the time since [`Network::begin`] that the GPU was busy.
    pub fn busy(&mut self) -> Result<Option<f64>, Error> {
        Ok(self.answers.busy(&self.gpu)?)
    }

    /// Logits `(images, classes)` and outlines `(images, pixels)` of the averaged weights with their running statistics.
    /// `images`: at most [`NetworkShape::batch`], as in [`Batch`].
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
    /// Values that go to the GPU for a part of a batch.
    fn sent(&self) -> usize {
        self.batch * (self.image + self.classes + self.outline) + KNOBS
    }
}

fn queue_learning(gpu: &Gpu, body: &mut Body, rows: &Weights, ends: &Ends) -> Result<(), GpuError> {
    let used = rows.now();
    body.forward(gpu, &used, true)?;
    ends.answers(gpu, body, &used)?;
    let (knobs, losses) = ((ends.knobs.all(), ends.state.all()), ends.losses.all());
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
    let (knobs, state) = (ends.knobs.all(), ends.state.all());
    if gpu.precision() == cuda::Precision::F16 {
        cuda::check(gpu, gradient, state)?;
    }
    let moments = (rows.first.all(), rows.second.all());
    cuda::adamw(gpu, gradient, (knobs, state), rows.decays.all(), rows.learned.all(), moments)?;
    cuda::follow(gpu, rows.learned.all(), knobs, rows.average.all())?;
    cuda::follow(gpu, rows.followed.all(), knobs, rows.followed_average.all())?;
    cuda::report(gpu, rows.gradient.span(rows.layout.learned_len, 1)?, state, ends.told.all())
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

    /// The rows that are learned.
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
            state: gpu.floats(STATE)?,
            told: gpu.floats(2)?,
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
