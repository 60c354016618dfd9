//! The classroom: its settings, its training, its looks inside.

use crate::lesson::{Knob, LayerKind, Part};
use crate::text::count;

texts! {
    TITLE = "Classroom";
    window_title(lesson: &str) = "{lesson} · Lantern";
    WELCOME = "Train a small network here, in this tab, and see how it learns and what it sees. Nothing leaves this device.";
    SKIP_LINK = "Skip to the room";
    NOT_A_DIAGNOSIS = "Not a diagnosis.";
    DRAWN_ONLY = "The images drawn here show no patient; what is learned from them is true of them only.";
    TO_LESSONS = "All lessons, and links for teachers";
    TO_ROOM = "Back to the room";
    LINK_HINT = "The address of this page holds all settings: copy it to share or to come back.";

    DATA = "Images";
    NETWORK = "Network";
    TRAINING = "Training";
    SETTINGS = "Settings";
    explain(label: &str) = "Explain: {label}";
    RESET_SETTINGS = "Settings as at the start";

    OWN_FILES = "Own images: a zip archive or MedMNIST .npz";
    OWN_FOLDER = "or a folder with a folder for each class";
    OWN_HINT = "Folders train, val and test are kept apart; without them, a fifth of each class is held out twice, patient by patient where a table names patients.";
    PREPARING = "Getting the images ready";
    SAMPLES = "Examples of the images to learn from";
    SAMPLE_HINT = "Choose an image to look at it with the network.";
    COUNTS = "Images by class";
    PART_COLUMN = "For";
    CHECKED = "Checked before training: no image lies in two of the parts.";
    UNREADABLE = "could not be read and were left out";

    class_probability(class: &str, probability: f32) = "{class} ({probability:.2})";

    TRAIN = "Train";
    PAUSE = "Pause";
    GO_ON = "Go on";
    ONE_STEP = "One step";
    DROP_RUN = "Drop this run";
    CANCEL = "Cancel";
    TEST = "End, and tell the test score";
    TEST_HINT = "The test images were held out until now. Who chooses by them makes them training images: so the score is told once, and ends the run.";
    NOT_YET = "No training yet. Press Train: the first epoch takes a few seconds.";
    RUNS = "Runs";
    RUN_COLUMN = "Run";
    CHANGED_COLUMN = "What was set otherwise than at the start";
    AS_AT_START = "nothing";
    TRAIN_ACCURACY = "Accuracy, training";
    VALIDATION_ACCURACY = "Accuracy, validation";
    TEST_ACCURACY = "Test";
    TIME_COLUMN = "Time";
    LOSS_PLOT = "Loss";
    ACCURACY_PLOT = "Accuracy";
    RATE_PLOT = "Learning rate";
    WEIGHTS_PLOT = "Length of each layer's weights";
    GRADIENT_PLOT = "Length of each layer's gradient";
    EPOCH_AXIS = "epoch";
    TABLE = "As a table";
    SAVE_SVG = "Save as SVG";
    SAVE_PNG = "Save as PNG";
    SAVE_CSV = "Save as CSV";
    NO_PNG = "This browser cannot draw the plot as a PNG file. Save it as SVG instead.";
    PLOT_HINT = "Point at the plot, or choose it and press the arrow keys, to read its values.";
    point(axis: &str, at: &str, values: &str) = "{axis} {at}: {values}";
    value(name: &str, value: &str) = "{name} {value}";
    MORE_PLOTS = "Learning rate, weights and gradients";
    training_line(run: usize) = "run {run}, training";
    validation_line(run: usize) = "run {run}, validation";
    run_line(run: usize) = "run {run}";
    run_name(run: usize) = "Run {run}";
    HARDWARE = "It computes on one thread of this device, in a worker: it goes on while the tab is hidden.";

    SCORES = "Scores";
    TEST_TITLE = "What was held out";
    SET_COLUMN = "Set";
    IMAGES_COLUMN = "Images";
    ACCURACY_COLUMN = "Accuracy (95 % interval)";
    BALANCED_COLUMN = "Balanced accuracy";
    AUC_COLUMN = "AUC";
    TEST_SET = "Test";
    ELSEWHERE_SET = "The other hospital";
    ECE_COLUMN = "Calibration error";
    membership(auc: f64) = "By how sure the network is, training images can be told from test images with an AUC of {auc:.2} (0.5: not at all, 1: always).";
    ROC_PLOT = "True positive rate (lesions found)";
    ROC_AXIS = "false positive rate (false alarms)";
    CALIBRATION_PLOT = "Share of right answers";
    CALIBRATION_AXIS = "probability of the answer";
    GUESS_LINE = "guessing";
    IDEAL_LINE = "as it should be";
    CONFUSION = "Truth and answer; choose a cell to see its images";
    TRUTH_COLUMN = "Truth";
    answered(class: &str) = "answered {class}";
    cell(images: &str, truth: &str, answer: &str) = "{images} with {truth}, answered {answer}";
    cell_title(truth: &str, answer: &str) = "Truth {truth}, answered {answer}";
    other_images(cell: &str) = "{cell}: the images of this run are no longer here. Set the images as the run had them to see them.";
    NONE_IN_CELL = "There is none.";
    first_of(shown: usize, all: usize) = "The first {shown} of {all}.";

    INSIDE = "See it think";
    INSIDE_HINT = "Train a network, then choose an image above: this shows what each layer makes of it.";
    LOOK_BUTTON = "Look inside with the first image";
    REFRESH_BUTTON = "Look again with the network as it is now";
    RELEASED = "or a released model, at a drawing";
    FETCHING = "Fetching the model";
    LAYERS = "Layers";
    MAPS = "Channels of this layer";
    MAP_HINT = "White is the highest value of the layer, black the lowest. Choose a channel, then point at a place of it, or move there with the arrow keys: the square on the image is all that this value can see. Press Enter or click for its arithmetic.";
    FILTERS = "Its kernels, for the chosen channel: one square for each channel before it";
    ON_IMAGE = "The image, and what the value sees of it";
    BIG_MAP = "The chosen channel";
    SCORES_TITLE = "What it answers";
    CLASS_COLUMN = "Class";
    LOGIT_COLUMN = "Score (logit)";
    SOFTMAX_COLUMN = "Softmax";
    ARITHMETIC = "The arithmetic of this value";
    CHOOSE_VALUE = "Choose a value to see how it comes about.";
    CANNOT_SPELL = "The value of this layer is not one sum or one window.";
    FOLDED = "Normalisation is folded into the weights, as in every network that examines.";
    TERM_COLUMN = "Place (row, column, channel)";
    INPUT_COLUMN = "Value";
    WEIGHT_COLUMN = "Weight";
    PRODUCT_COLUMN = "Product";
    products(terms: usize, sum: f32) = "{terms} products add up to {sum:.4}";
    bias(bias: f32) = "bias {bias:.4}";
    shortcut(value: f32) = "shortcut {value:.4}";
    sum(sum: f32) = "sum {sum:.4}";
    rectified(value: f32) = "without negative values {value:.4}";
    result(value: f32) = "result {value:.4}";
    computed(value: f32) = "the network computed {value:.4}";
    largest(terms: usize, value: f32) = "the largest of {terms} values is {value:.4}";
    mean(terms: usize, value: f32) = "the mean of {terms} values is {value:.4}";
    channel(number: usize) = "channel {number}";
    place(row: usize, column: usize, value: f32) = "row {row}, column {column}: {value:.4}";
    softmax_of(exponentials: &str) = "Softmax: each exp(score) by the sum of all: {exponentials}.";

    EXPORT = "Take it with you";
    EXPORT_BUNDLE = "The network as a bundle (zip)";
    EXPORT_BUNDLE_HINT = "Unpack the bundle into the folder site/models of the companion and run: lantern bundle describe site/models/classroom. The clinic's page then offers it, marked as made in a lesson.";
    EXPORT_PROJECT = "Settings and results as a project file";
    OPEN_PROJECT = "Open a project file";
    PROJECT_HINT = "The project file is what a student hands in: settings, every run with its curves and scores, the last comparison, the steps that were done, and the notes. Whoever opens it here sees all of it.";
    PROJECT_NOTES = "Your name and notes, for the project file";
    opened_project(runs: &str) = "Opened, with {runs}.";
    LARGE_PROJECT = "This file is too large to be a project file of the classroom.";
    NO_PROJECT = "This is no project file of the classroom. Choose a file that was saved here.";
    STOPPED = "The training stopped by a fault. Press Train to begin again; with smaller images or a smaller network if it happens again.";

    COMPARE = "Four families side by side";
    COMPARE_HINT = "The same images, told apart by learners of pixels, by features made by hand, by models of images, and by a network. It takes from seconds to minutes, by the number of images.";
    COMPARE_BUTTON = "Compare";
    FAMILIES = "Families of method";
    SAVE_IMAGES = "Save the images as an archive";
    METHODS = "Methods";
    METHOD_COLUMN = "Method";
    FIT_COLUMN = "Learning, s";
    APPLY_COLUMN = "Answering, s";
    SIZE_COLUMN = "Size, kB";
    WITH_CURVES = "Learning curves too: each method learns from an eighth, a quarter and a half of the images as well";
    COMPARED_PLOTS = "Plots: ROC, precision and recall, calibration, learning";
    PLOT_METHODS = "Methods that are drawn";
    PLOT_CLASS = "The class that is told from all others";
    PLOT_FIGURE = "Figure of the learning curve";
    COMPARED_ROC = "True positive rate";
    COMPARED_ROC_AXIS = "false positive rate";
    PRECISION_PLOT = "Precision";
    PRECISION_AXIS = "recall";
    COMPARED_CALIBRATION = "Share of the class";
    COMPARED_CALIBRATION_AXIS = "probability of the class";
    curve_plot(figure: &str) = "{figure} by images learned from";
    CURVE_AXIS = "images learned from";
    PAIRS = "Each pair: which is better?";
    PAIRS_HINT = "By AUC: the share of resamplings of the patients in which the first is better by more than 0.01, in which they differ by less, and in which the second is better. The last columns are p-values of McNemar's and DeLong's tests, for which images count as independent.";
    FIRST_COLUMN = "First";
    SECOND_COLUMN = "Second";
    FIRST_BETTER = "First better";
    NEGLIGIBLE = "No difference";
    SECOND_BETTER = "Second better";
    MCNEMAR = "McNemar, p";
    DELONG = "DeLong, p";
    SAME_NUMBERS = "The same numbers on the command line, with the saved images:";
    compared_on(train: usize, test: usize, side: usize) = "Learned from {train} images (training and validation), measured on {test} test images, at {side} pixels; 95 % intervals in brackets.";

    LESSON = "Lesson";
    GOAL = "Goal";
    STEPS = "Steps";
    DONE = "done";
    OPEN = "to do";
    QUESTION = "Question";
    RIGHT = "Right.";
    NOT_RIGHT = "Not quite.";
    NOTES = "Notes for the teacher";
    PRINT = "Print";
    END_LESSON = "End the lesson, keep the room";
    steps_done(done: usize, all: usize) = "{done} of {all} steps done";
    minutes(minutes: u32) = "{minutes} minutes";

    TEACHER_TITLE = "Lessons";
    TEACHER_INTRO = "Each lesson is a link: it opens in any browser, also offline once it was opened, with nothing to install. No image leaves the device.";
    START_LESSON = "Begin";
    MAKE_LINK = "A link of your own";
    MAKE_LINK_HINT = "Set the room as you want it to begin, then choose here what students are not to see.";
    HIDE_LABEL = "Settings that are hidden";
    LINK = "The link";
}

/// The command that gives the same numbers.
pub fn command_line(seed: u64, side: usize, has_curves: bool) -> String {
    let curves = if has_curves { " --curves" } else { "" };
    format!("lantern compare --data lantern-images.zip --seed {seed} --side {side} --pairs{curves}")
}

/// A family of method, by its name on the command line.
pub fn family(name: &str) -> &'static str {
    match name {
        "pixels" => "Learners of pixels",
        "features" => "Features made by hand",
        "models" => "Models of images",
        _ => "A small network",
    }
}

/// The figures of a method, in their order.
pub const FIGURES: [&str; 5] = ["AUC", "Accuracy", "Balanced accuracy", "F1", "Log loss"];

/// A part of the settings.
pub fn part(part: Part) -> &'static str {
    match part {
        Part::Data => DATA,
        Part::Network => NETWORK,
        Part::Training => TRAINING,
    }
}

/// A setting's label, its unit, and what it means.
pub fn knob(knob: Knob) -> (&'static str, &'static str, &'static str) {
    match knob {
        Knob::Seed => (
            "Seed",
            "",
            "Everything random follows from it: the same number gives the same images and the same training.",
        ),
        Knob::Source => ("Images from", "", "Drawn here at once, or your own."),
        Knob::Images => ("Images to learn from", "", "Validation and test images are drawn beside them."),
        Knob::Side => ("Size", "", "Pixels a side. Four times the pixels take about four times as long."),
        Knob::Lesion => ("Lesion's size", " %", "Its diameter, of the image's side."),
        Knob::Contrast => ("Contrast", " %", "How much brighter the lesion is than the tissue around it."),
        Knob::Noise => ("Noise", " %", "Random brightness of each pixel: its standard deviation."),
        Knob::Artefacts => ("Artefacts", " %", "How many images have bright lines that mean nothing."),
        Knob::Marker => (
            "Marker",
            " %",
            "A lead letter in the corner. 100 %: exactly the images with a lesion have it. 50 %: it tells nothing. 0 %: no image has it. The other hospital has none.",
        ),
        Knob::Positives => ("With a lesion", " %", "Of all images, how many show a lesion."),
        Knob::Devices => (
            "Second device",
            " %",
            "How many images were taken by another device, with other brightness and more noise.",
        ),
        Knob::WrongLabels => (
            "Wrong labels",
            " %",
            "Of the labels to learn from, how many are wrong. Validation and test keep the truth.",
        ),
        Knob::Shift => (
            "Other hospital",
            " %",
            "How differently the other hospital takes its images. They are only for the test.",
        ),
        Knob::Start => (
            "Begin with",
            "",
            "Random weights, or a released model, which is fetched from this site: then only its last stage and a new head learn, and a learning rate of 0.001 suits better. It sees each image at its own size.",
        ),
        Knob::Block => (
            "Kind of block",
            "",
            "Plain convolutions; residual: each block adds to what it is given; separable: each channel for itself, then mixed.",
        ),
        Knob::Depth => (
            "Stages",
            "",
            "Each stage has half the rows and columns of the one before, and twice the channels.",
        ),
        Knob::Blocks => ("Blocks a stage", "", "More blocks: more layers, each seeing more of the image."),
        Knob::Width => ("Channels", "", "Of the first stage: how many patterns it can look for."),
        Knob::Optimiser => ("Optimiser", "", "How the weights follow the gradient."),
        Knob::Rate => (
            "Learning rate",
            "",
            "How far a step goes. Too large: the loss jumps. Too small: nothing happens.",
        ),
        Knob::Schedule => ("Schedule", "", "How the learning rate changes over the training."),
        Knob::Batch => ("Batch", "", "Images a step."),
        Knob::Epochs => ("Epochs", "", "How often each image is learned from."),
        Knob::Augmentation => (
            "Augmentation",
            "",
            "Images are changed a little each time they are seen, so that they cannot be learned by heart.",
        ),
        Knob::Decay => ("Weight decay", "", "Weights are pulled towards 0, so that none grows without need."),
        Knob::Dropout => (
            "Dropout",
            " %",
            "Of the features before the last layer, how many each step does without, so that no answer rests on one of them alone. The finished network uses all.",
        ),
        Knob::Smoothing => (
            "Label smoothing",
            " %",
            "The truth is told with some doubt, so that answers do not become too sure.",
        ),
        Knob::Balance => {
            ("Class weights", " %", "100 %: a rare class counts as much in the loss as a frequent one.")
        }
    }
}

/// A choice of a setting, by its name in an address.
pub fn choice(name: &'static str) -> &'static str {
    match name {
        "phantoms" => "drawn here",
        "own" => "own files",
        "seeded" => "random weights",
        "blood-cells" => "the model of blood cells",
        "brain-mri" => "the model of brain MRI",
        "breast-ultrasound" => "the model of breast ultrasound",
        "chest-pneumonia" => "the model of children's chests",
        "malaria-cells" => "the model of malaria cells",
        "retina-grade" => "the model of the retina",
        "skin-lesion" => "the model of skin lesions",
        "plain" => "plain",
        "residual" => "residual",
        "separable" => "separable",
        "sgd" => "SGD",
        "momentum" => "SGD with momentum",
        "nesterov" => "Nesterov",
        "rmsprop" => "RMSProp",
        "adam" => "Adam",
        "adamw" => "AdamW",
        "sam" => "sharpness-aware (SAM)",
        "constant" => "constant",
        "steps" => "in three steps",
        "cosine" => "along a cosine",
        "warm-up" => "warm-up, then a cosine",
        "none" => "none",
        "mirror" => "mirror",
        "mild" => "mild",
        "strong" => "strong",
        number => number,
    }
}

/// What a layer does.
pub fn layer(kind: LayerKind, kernel: usize) -> String {
    match kind {
        LayerKind::Image => "image".into(),
        LayerKind::Convolution => format!("convolution {kernel} x {kernel}"),
        LayerKind::Grouped => format!("convolution {kernel} x {kernel}, each channel for itself"),
        LayerKind::MaxPool => format!("largest of {kernel} x {kernel}"),
        LayerKind::AveragePool => format!("mean of {kernel} x {kernel}"),
        LayerKind::Other => "another layer".into(),
        LayerKind::Scores => "scores of the classes".into(),
    }
}

/// Rows, columns and channels of a layer, and its weights.
pub fn layer_size((rows, columns, channels): (usize, usize, usize), weights: usize) -> String {
    let weights = if weights > 0 { format!(", {}", count(weights, "weight")) } else { String::new() };
    format!("{rows} x {columns} x {channels}{weights}")
}

/// What the images of a part are for.
pub fn purpose(purpose: usize) -> &'static str {
    ["training", "validation", "test", "test at the other hospital"].get(purpose).copied().unwrap_or_default()
}

/// Images that lie in two parts.
pub fn twins(same: usize, alike: usize) -> String {
    let same_words = format!("{} in two parts", count(same, "identical image"));
    let alike_words = format!("{} that look alike in two parts", count(alike, "pair"));
    let found = match (same, alike) {
        (_, 0) => same_words,
        (0, _) => alike_words,
        _ => format!("{same_words} and {alike_words}"),
    };
    format!(
        "A leak: {found}. A test on images that were learned from proves nothing: take them out of one part before you believe a score."
    )
}

/// How far a training is.
pub fn progress(epoch: usize, epochs: usize, step: usize, steps: usize, loss: f32, rate: f64) -> String {
    format!("Epoch {epoch} of {epochs}, step {step} of {steps}, loss {loss:.3}, {rate:.0} images a second")
}

/// A training that is done.
pub fn finished(epochs: usize, seconds: f64) -> String {
    format!("{} in {seconds:.1} s of computing", count(epochs, "epoch"))
}
