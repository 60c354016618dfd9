//! What is wrong with a bundle.

texts! {
    NOT_F32 = "a tensor of other numbers than f32";
    NOT_CONTIGUOUS = "a tensor whose numbers do not follow one another";
    NOT_HERE = "a tensor outside the processor's memory";
    MISSING = "the card says that there is one, and it is missing";
    NOT_LISTED = "the card does not list it";
    NOT_FINITE = "it holds numbers that cannot be computed with";
    NOT_SAFETENSORS = "it is no whole file of tensors";
    MEAN_OR_DEVIATION = "a mean or standard deviation that cannot be computed with";
    no_tensor(name: &str) = "it has no tensor named {name}";
    answers(answers: &[usize], questions: &[usize]) = "answers of shape {answers:?} to questions of {questions:?}";
    bytes(has: usize, card: u64) = "it has {has} bytes, the card says {card}";
    sha256(has: &str, card: &str) = "its SHA-256 is {has}, the card says {card}";
    stored_as(name: &str, kind: &str) = "{name} is stored as {kind}";
    no_weight(name: &str) = "there is no {name}";
    weight_shape(name: &str, has: &[usize], needed: &[usize]) = "the shape of {name} is {has:?}, the network needs {needed:?}";
    first_not_listed(first: &str) = "it names {first} as the first bundle and does not list it";
    format(card: u32, first: u32, last: u32) = "its format is {card}, this program reads {first} to {last}";
    input(channels: usize, side: u32) = "an input of {channels} channels, {side} pixels a side";
    channels(channels: usize) = "{channels} channels, but another number of means or standard deviations";
    finding(classes: usize, finding: &[usize]) = "{classes} classes, finding {finding:?}";
    CALIBRATION = "a calibration: an object, a list or null";
    class(word: &str) = "a class without a name or a label, or two with the same one: \"{word}\"";
    label_of_class(label: &str) = "the operating point of the label {label} is that of another";
    labels(classes: usize, labels: usize) = "{classes} classes, calibrated as {labels}";
    label(label: &str) = "the calibration of the label {label}, whose offset is no number or whose operating point names kinds";
    temperature(temperature: f32) = "a temperature of {temperature}";
}
