//! Layers of a network, and what is wrong with one.

texts! {
    CONVOLUTION = "convolution";
    CURVED_CONVOLUTION = "a convolution with a curved activation";
    GROUPED_CONVOLUTION = "a grouped convolution";
    MAX_POOL = "max pooling";
    AVERAGE_POOL = "average pooling";
    UPSAMPLE = "upsampling";
    CONCAT = "concatenation";
    NORMALISED_CONCAT = "a normalised concatenation";
    GLOBAL_AVERAGE_POOL = "global average pooling";
    MULTIPLY = "squeeze-and-excitation";
    LAYER_NORM = "layer normalisation";
    TOKENS = "a row of tokens";
    ATTENTION = "attention";
    PICK = "the choice of a token";
    cannot_learn(layer: &str) = "{layer} cannot learn here";
    no_weights(layer: &str) = "{layer} without weights";
    lacks(field: &str) = "a layer without its {field}";
    nothing(layer: &str) = "{layer} of nothing";
    shapes(layer: &str, shapes: &str) = "{layer} of values that do not fit it: {shapes}";
    value(height: usize, width: usize, channels: usize) = "a value of {height}x{width} pixels and {channels} channels, where less can be computed";
    channels(name: &str, needed: usize, given: usize) = "{name} takes {needed} channels, it is given {given}";
    groups(name: &str, from: usize, to: usize, groups: usize) = "{name} splits {from} and {to} channels into {groups} groups";
    weights(name: &str) = "{name} has more weights than can be computed with";
    padding(begin: usize, end: usize) = "padding of {begin} and {end} pixels";
    added(added: &str, to: &str) = "{added} cannot be added to {to}";
}
