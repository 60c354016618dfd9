//! What a drawing of the gallery is of.

use crate::messages;
use crate::ui::item::{Item, ItemResult};
use leptos::prelude::*;
use std::rc::Rc;

/// One line; nothing where the image is no drawing.
#[component]
pub fn Truth(item: Item, shown: Rc<ItemResult>) -> impl IntoView {
    let line = item
        .drawn
        .get_untracked()
        .map(|sample| messages::drawn(sample.truth(), sample.is_missed(&shown.examination)));
    line.map(|line| view! { <p class="truth">{line}</p> })
}
