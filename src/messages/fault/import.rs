//! Networks from elsewhere that cannot become bundles.

texts! {
    SOFTMAX = "the file ends with a softmax, by which an image has one class only, and --multi-label asks for several; leave --multi-label out, or export the network with a sigmoid for each label";
    unreadable(why: &str) = "the file is no network that can be imported: {why}; see docs/import.md for what can be imported and how";
    too_large(why: &str) = "the network is larger than a browser can run: {why}; choose a smaller family of docs/import.md";
    operator(operator: &str, place: &str, why: &str) = "the operator {operator} (at {place}) cannot be run here: {why}; replace it by one that docs/import.md lists, and export again";
    output(name: &str, why: &str) = "the output {name} cannot be read as the classes' logits: {why}; export the classifier alone, up to its last linear layer, as docs/import.md shows";
    differs(apart: f32, allowed: f32) = "the imported network answers otherwise than another runtime does: its logits are {apart:.1e} of their spread apart, {allowed:.0e} is allowed, so that nothing was written; report it with the file";
    no_comparison(why: &str) = "another runtime cannot run the file, so that the imported network cannot be compared and nothing was written ({why}): export it again with another version of the operators";
    labels(given: usize, classes: usize) = "the network answers for {classes} classes, but {given} labels were named; name them with --labels A,B,... in the order of its outputs";
    lost_by_rounding(rounded: f32) = "a bundle holds weights in half precision, which moves this network's logits by {rounded:.1e} of their spread, more than the 1e-2 that is allowed, so that nothing was written; train it with a stronger weight decay or export a smaller family";
    label(label: &str) = "the label \"{label}\" is empty or is named twice; give each output a label of its own with --labels A,B,...";
    one_label(label: &str) = "one label alone, {label}, cannot be told from anything; name at least two, or say --multi-label";
    normalisation(channels: usize) = "the image has {channels} channels, and the mean or standard deviation has another number of values or one that cannot be computed with; give one value a channel, such as --mean 0.485,0.456,0.406";
    id(id: &str) = "{id} cannot name a bundle, whose name is its folder's: small letters, digits and hyphens; choose another --out";
}
