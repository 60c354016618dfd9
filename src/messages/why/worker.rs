//! What the inference worker could not do. The page adds the advice, by the problem's kind.

texts! {
    no_model(model: &str) = "this site has no model named {model}";
    other_card(model: &str) = "the card of {model} is not the one that the site's index names";
    not_listed(model: &str, file: &str) = "the card of {model} does not list {file}";
    not_in_index(model: &str, file: &str) = "the site's index names no {file} of {model}";
    other_file(path: &str) = "{path} is not the file that its hash names";
    not_fetched(url: &str, why: &str) = "{url} could not be fetched: {why}";
    status(status: u16) = "the server answered {status}";
    EMPTY_ANSWER = "the answer is empty";
    BROKEN = "the connection broke";
    refused(model: &str, why: &str) = "{model} is refused: {why}";
    other_model(model: &str) = "{model} is not the model that is loaded now";
    NOTHING_TO_EXPLAIN = "there is nothing to explain";
    NO_MODEL_YET = "no model is loaded yet";
}
