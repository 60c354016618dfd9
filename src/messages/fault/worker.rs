//! What the inference worker could not do.

texts! {
    no_model(model: &str) = "this site has no model named {model}; choose another";
    other_card(model: &str) = "the card of {model} is not the one that the site's index names; reload the page";
    not_listed(model: &str, file: &str) = "the card of {model} does not list {file}; reload the page";
    not_in_index(model: &str, file: &str) = "the site's index names no {file} of {model}; reload the page";
    other_file(path: &str) = "{path} is not the file that its hash names; reload the page";
    /// `why`: one of [`why::worker`](super::super::why::worker).
    not_fetched(url: &str, why: &str) = "{url} could not be fetched: {why}; check the connection, then try again";
    other_model(model: &str) = "{model} is not the model that is loaded now; try again";
    NOTHING_TO_EXPLAIN = "there is no examined image to explain; choose one";
    NO_IMAGES_YET = "there are no images yet; wait until they are ready";
    NO_FILES_YET = "no file of your own was given yet; drop a folder, a zip archive or an .npz, or have images drawn";
    NO_TRAINING_YET = "no network was trained yet; train one first";
    NO_MODEL_YET = "no model is loaded yet; wait until one is ready";
}
