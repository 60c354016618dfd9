//! Networks and bundles that are not to be used, and examinations that failed.

texts! {
    kernel(why: &str) = "the network cannot compute this: {why}; report it as a fault of the program";
    graph(why: &str) = "this is no network: {why}; take a bundle of this version";
    card(why: &str) = "card.json cannot be understood: {why}; take a bundle of this version";
    index(why: &str) = "index.json of the models cannot be understood: {why}; take the models of this version";
    file(file: &str, why: &str) = "{file} is not the file that the card names: {why}; fetch the bundle again";
    weights(why: &str) = "the weights do not fit the network of the card: {why}; fetch the bundle again";
    /// `vector`: the number of the known answer.
    golden(vector: usize, got: f32, expected: f32) = "this machine computes {got} where the known answer is {expected} (vector {vector}); its results cannot be believed: use another machine or browser";
    gate(model: &str, got: f32, expected: f32) = "the gate puts the known image of {model} at {got} where the known answer is {expected}; it cannot be believed: fit the bundle anew, or use another machine or browser";
    NOT_A_PROBABILITY = "the network answered with a number that is not a probability; the weights may be damaged: fetch the bundle again";
}
