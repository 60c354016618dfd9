//! What lies over the image: the map of what the model looked at.

texts! {
    IMAGE = "Image";
    image_not_shown(why: &str) = "It cannot be shown: {why}.";
    SHOW_BUTTON = "Show what it looked at";
    ASKING = "Asking the model";
    step(done: usize, of: usize) = "Step {done} of {of}";
    failed(why: &str) = "The map could not be made: {why}. What was found stands; try again.";
    METHOD = "Why";
    CLASS = "Signs of";
    OUTLINE = "Outline";
    HEAT_MAP = "Heat map";
}

/// `of`: [`OUTLINE`] or [`HEAT_MAP`].
pub fn opacity(of: &str) -> String {
    format!("Opacity of the {} in percent", of.to_lowercase())
}

texts! {
    percent(value: u32) = "{value} %";
    LEGEND = "Legend: from weak to strong signs";
    WEAK = "weak";
    STRONG = "strong signs";
    HEAT_MAP_SHOWN = "Heat map: where the model saw signs of the finding";
    OUTLINE_SHOWN = "Outline: what the model takes for the lesion";
}
