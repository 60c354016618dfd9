//! Trials on one image of the classroom: preparation and noise.

use super::classroom::class_probability;

texts! {
    PREPARATION = "From pixels to input";
    PREPARATION_HINT = "An image is a grid of numbers. Before a network gets them they are prepared; it answers for what it is given.";
    WINDOW_LOW = "Black from";
    WINDOW_HIGH = "White from";
    REDUCED_TO = "Pixels a side";
    NORMALISED = "Take out mean and standard deviation of the training images (normalisation)";
    USUAL = "As usual";
    STORED = "As it is stored";
    PREPARED = "As the network is given it";
    POINT_HINT = "Point at a place, or move there with the arrow keys.";
    ANOTHER = "Another image";
    number(index: usize, class: &str) = "Validation image {index}: {class}";
    stored(row: usize, column: usize, value: u8) = "row {row}, column {column}: stored {value}";
    windowed(value: f32) = "in the window {value:.2}";
    normalised(value: f32) = "normalised {value:.2}";
    place(stored: &str, windowed: &str, normalised: &str) = "{stored}, {windowed}, {normalised}";
    AS_USUAL_ROW = "Prepared as usual";
    SO_ROW = "Prepared so";
    WAY_COLUMN = "Way";
    ANSWER_COLUMN = "Answer for this image";
    ALL_COLUMN = "Right answers, of validation images";
    of_all(right: usize, all: usize) = "{right} of {all}";
    TRAIN_FIRST = "Train a network to see what becomes of its answer.";
    TURNED = "The answer has turned.";

    NOISE = "Noise against the network";
    NOISE_HINT = "Every pixel of one image is made a little darker or brighter, once at random and once against the network: along the gradient of its answer with respect to the image. Both changes are of the same size.";
    SIZE = "Size of the change";
    size(percent: f32) = "{percent} % of the range from black to white";
    SHOW = "Change the image";
    ASK_ALL = "Ask about all images";
    PLAIN = "The image";
    RANDOM_NOISE = "Random noise, magnified";
    RANDOM = "With random noise";
    AGAINST_NOISE = "Noise against the network, magnified";
    AGAINST = "With noise against the network";
    NO_NETWORK = "Train a network first: the noise is made for it.";
}

/// What was answered, and whether rightly.
pub fn answer(class: &str, probability: f32, is_right: bool) -> String {
    let verdict = if is_right { "right" } else { "wrong" };
    format!("{}, {verdict}", class_probability(class, probability))
}
