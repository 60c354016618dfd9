//! Every setting of the classroom, one after the other: its name in an address, its limits and its default.

/// A setting. Numbers and choices are both held as a number; a choice's number is its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Knob {
    /// Everything random of data and training follows from it.
    Seed,
    /// Where images come from: drawn here, or a file of the user's own.
    Source,
    /// Images to learn from.
    Images,
    /// Pixels a side.
    Side,
    /// The lesion's diameter, per cent of the image's side.
    Lesion,
    /// How much brighter than its surroundings the lesion is, per cent of the range.
    Contrast,
    /// Standard deviation of the noise, per cent of the range.
    Noise,
    /// Of all images, how many have bright lines that mean nothing, per cent.
    Artefacts,
    /// How often the marker in the corner agrees with the class, per cent; 0: no image has one.
    Marker,
    /// Of all images, how many show a lesion, per cent.
    Positives,
    /// Of all images, how many were taken by a second device, per cent.
    Devices,
    /// Of the labels to learn from, how many are wrong, per cent.
    WrongLabels,
    /// How far the images of the other hospital are from these, per cent.
    Shift,
    /// Where the network begins: at seeded weights, or at a released model, whose last stage learns anew.
    Start,
    /// The kind of block.
    Block,
    /// Stages, each of which halves the sides.
    Depth,
    /// Blocks of a stage.
    Blocks,
    /// Channels of the first stage; each further one has twice as many.
    Width,
    /// How weights follow the gradient.
    Optimiser,
    /// The highest learning rate.
    Rate,
    /// How the learning rate changes.
    Schedule,
    /// Images a step.
    Batch,
    /// Passes over the images.
    Epochs,
    /// How images are changed while learning.
    Augmentation,
    /// How much weights are shrunk.
    Decay,
    /// Share of the features before the head that a step does without, per cent.
    Dropout,
    /// Share of the truth that is spread over all classes, per cent.
    Smoothing,
    /// Whether rare classes count as much as frequent ones, per cent.
    Balance,
}

/// What a knob can be set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A number: least, most, step.
    Number(f64, f64, f64),
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// Parts of the room that knobs belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is learned from.
    Data,
    /// What learns.
    Network,
    /// How it learns.
    Training,
}

/// The optimisers, in the order of [`Knob::Optimiser`].
pub const OPTIMISERS: [&str; 7] = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "sam"];
/// The sources, in the order of [`Knob::Source`].
pub const SOURCES: [&str; 2] = ["phantoms", "own"];
/// Pixels a side, in the order of [`Knob::Side`].
pub const SIDES: [&str; 3] = ["28", "40", "64"];
/// Where the network begins, in the order of [`Knob::Start`]: seeded weights, then the released models.
pub const STARTS: [&str; 8] = [
    "seeded",
    "blood-cells",
    "brain-mri",
    "breast-ultrasound",
    "chest-pneumonia",
    "malaria-cells",
    "retina-grade",
    "skin-lesion",
];
/// The blocks, in the order of [`Knob::Block`].
pub const BLOCKS: [&str; 3] = ["plain", "residual", "separable"];
/// The learning rates, in the order of [`Knob::Rate`].
pub const RATES: [&str; 9] = ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"];
/// The schedules, in the order of [`Knob::Schedule`].
pub const SCHEDULES: [&str; 4] = ["constant", "steps", "cosine", "warm-up"];
/// Images a step, in the order of [`Knob::Batch`].
pub const BATCHES: [&str; 6] = ["4", "8", "16", "32", "64", "128"];
/// The augmentations, in the order of [`Knob::Augmentation`].
pub const AUGMENTATIONS: [&str; 4] = ["none", "mirror", "mild", "strong"];
/// The weight decays, in the order of [`Knob::Decay`].
pub const DECAYS: [&str; 5] = ["0", "0.0001", "0.001", "0.01", "0.1"];

impl Knob {
    /// All of them, in the order of the room.
    pub const ALL: [Self; 28] = [
        Self::Seed,
        Self::Source,
        Self::Images,
        Self::Side,
        Self::Lesion,
        Self::Contrast,
        Self::Noise,
        Self::Artefacts,
        Self::Marker,
        Self::Positives,
        Self::Devices,
        Self::WrongLabels,
        Self::Shift,
        Self::Start,
        Self::Block,
        Self::Depth,
        Self::Blocks,
        Self::Width,
        Self::Optimiser,
        Self::Rate,
        Self::Schedule,
        Self::Batch,
        Self::Epochs,
        Self::Augmentation,
        Self::Decay,
        Self::Dropout,
        Self::Smoothing,
        Self::Balance,
    ];

    /// Its name in an address, what it can be set to, and what it is set to at first.
    pub fn spec(self) -> (&'static str, Kind, f64) {
        use Kind::{Choice, Number};
        let share = |least, most| Number(least, most, 1.0);
        match self {
            Self::Seed => ("seed", Number(1.0, 9999.0, 1.0), 1.0),
            Self::Source => ("source", Choice(&SOURCES), 0.0),
            Self::Images => ("images", Number(40.0, 4000.0, 20.0), 400.0),
            Self::Side => ("side", Choice(&SIDES), 0.0),
            Self::Lesion => ("lesion", share(8.0, 45.0), 22.0),
            Self::Contrast => ("contrast", share(2.0, 60.0), 28.0),
            Self::Noise => ("noise", share(0.0, 40.0), 6.0),
            Self::Artefacts => ("artefacts", share(0.0, 100.0), 0.0),
            Self::Marker => ("marker", share(0.0, 100.0), 0.0),
            Self::Positives => ("positives", share(5.0, 95.0), 50.0),
            Self::Devices => ("devices", share(0.0, 100.0), 0.0),
            Self::WrongLabels => ("wrong", share(0.0, 45.0), 0.0),
            Self::Shift => ("shift", share(0.0, 100.0), 50.0),
            Self::Start => ("start", Choice(&STARTS), 0.0),
            Self::Block => ("block", Choice(&BLOCKS), 0.0),
            Self::Depth => ("depth", Number(1.0, 4.0, 1.0), 3.0),
            Self::Blocks => ("blocks", Number(1.0, 3.0, 1.0), 1.0),
            Self::Width => ("width", Number(4.0, 48.0, 4.0), 8.0),
            Self::Optimiser => ("optimiser", Choice(&OPTIMISERS), 5.0),
            Self::Rate => ("rate", Choice(&RATES), 4.0),
            Self::Schedule => ("schedule", Choice(&SCHEDULES), 2.0),
            Self::Batch => ("batch", Choice(&BATCHES), 3.0),
            Self::Epochs => ("epochs", Number(1.0, 100.0, 1.0), 12.0),
            Self::Augmentation => ("augmentation", Choice(&AUGMENTATIONS), 0.0),
            Self::Decay => ("decay", Choice(&DECAYS), 1.0),
            Self::Dropout => ("dropout", Number(0.0, 80.0, 5.0), 0.0),
            Self::Smoothing => ("smoothing", share(0.0, 30.0), 0.0),
            Self::Balance => ("balance", share(0.0, 100.0), 0.0),
        }
    }

    /// Its name in an address.
    pub fn key(self) -> &'static str {
        self.spec().0
    }

    /// What it can be set to.
    pub fn kind(self) -> Kind {
        self.spec().1
    }

    /// The knob of a name.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|knob| knob.key() == key)
    }

    /// The part of the room that it belongs to.
    pub fn part(self) -> Part {
        if self <= Self::Shift {
            Part::Data
        } else if self <= Self::Width {
            Part::Network
        } else {
            Part::Training
        }
    }

    /// The nearest value that it can have; `None` for what is no number.
    pub fn bounded(self, value: f64) -> Option<f64> {
        let (least, most, step) = match self.kind() {
            Kind::Number(least, most, step) => (least, most, step),
            Kind::Choice(names) => (0.0, names.len() as f64 - 1.0, 1.0),
        };
        let stepped = least + ((value.clamp(least, most) - least) / step).round() * step;
        value.is_finite().then(|| stepped.min(most))
    }

    /// The value that a text in an address means, within the limits; `None` for what means nothing.
    pub fn read(self, text: &str) -> Option<f64> {
        match self.kind() {
            Kind::Number(..) => self.bounded(text.parse().ok()?),
            Kind::Choice(names) => Some(names.iter().position(|name| *name == text)? as f64),
        }
    }

    /// A value as it stands in an address.
    pub fn written(self, value: f64) -> String {
        match self.kind() {
            Kind::Number(..) => value.to_string(),
            Kind::Choice(names) => (*names.get(value as usize).unwrap_or(&"")).into(),
        }
    }
}
