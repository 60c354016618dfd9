//! What lies over the image: the map of what the model looked at.

pub const IMAGE: &str = "Image";

pub fn image_not_shown(why: &str) -> String {
    format!("It cannot be shown: {why}.")
}

pub const SHOW_BUTTON: &str = "Show what it looked at";
pub const ASKING: &str = "Asking the model";

pub fn step(done: usize, of: usize) -> String {
    format!("Step {done} of {of}")
}

pub fn failed(why: &str) -> String {
    format!("The map could not be made: {why}. What was found stands; try again.")
}

pub const METHOD: &str = "Why";
pub const CLASS: &str = "Signs of";
pub const OUTLINE: &str = "Outline";
pub const HEAT_MAP: &str = "Heat map";

/// `of`: [`OUTLINE`] or [`HEAT_MAP`].
pub fn opacity(of: &str) -> String {
    format!("Opacity of the {} in percent", of.to_lowercase())
}

pub fn percent(value: u32) -> String {
    format!("{value} %")
}

pub const LEGEND: &str = "Legend: from weak to strong signs";
pub const WEAK: &str = "weak";
pub const STRONG: &str = "strong signs";
pub const HEAT_MAP_SHOWN: &str = "Heat map: where the model saw signs of the finding";
pub const OUTLINE_SHOWN: &str = "Outline: what the model takes for the lesion";
