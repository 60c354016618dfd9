//! What is wrong with a picture or a frame of the camera, and in which words it is said.

use super::flow::{Checked, Flow};
use crate::messages::page::self_check as words;
use crate::preprocess::photo::{Fault, Kind, Measures};
use crate::triage::Origin;
use crate::ui::components::{Pixels, canvas, pixels};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlImageElement;

/// Longer side at which a picture is taken from the browser to be measured, in pixels: more than the check looks at, less than a phone's
/// photograph has.
const SIDE: f64 = 1024.0;

/// What can be a fault of a picture from there.
pub fn kind(origin: Origin) -> Kind {
    match origin {
        Origin::Phone => Kind::Spot,
        Origin::Dermatoscope => Kind::Contact,
        Origin::Doctor => Kind::Given,
    }
}

/// What is wrong with pixels; `None` also where there are too few to tell.
pub fn fault((samples, size): &Pixels, kind: Kind) -> Option<Fault> {
    Measures::of(samples, *size, 4)?.fault(kind)
}

/// A fault, and what to do about it.
pub fn told(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::Dark => (words::DARK, words::DARK_HINT),
        Fault::Bright => (words::BRIGHT, words::BRIGHT_HINT),
        Fault::Empty => (words::EMPTY, words::EMPTY_HINT),
        Fault::Blurred => (words::BLURRED, words::BLURRED_HINT),
        Fault::Far => (words::FAR, words::FAR_HINT),
    }
}

/// Has the picture checked, where it was not.
pub fn check(flow: Flow) {
    let open = |picture: &super::flow::Picture| picture.checked == Checked::Open;
    let Some(picture) = flow.picture.get_untracked().filter(open) else { return };
    let kind = kind(untrack(|| flow.origin()));
    spawn_local(async move {
        let checked = match shown(&picture.address).await {
            Some(pixels) => Checked::Done(fault(&pixels, kind)),
            None => Checked::NotShown,
        };
        // Another picture may have come meanwhile.
        flow.picture.update(|now| {
            if let Some(now) = now.as_mut().filter(|now| now.address == picture.address) {
                now.checked = checked;
            }
        });
    });
}

/// A picture's pixels as the browser shows it, upright, and as large as is needed.
async fn shown(address: &str) -> Option<Pixels> {
    let image = HtmlImageElement::new().ok()?;
    image.set_src(address);
    JsFuture::from(image.decode()).await.ok()?;
    let (width, height) = (f64::from(image.natural_width()), f64::from(image.natural_height()));
    let factor = (SIDE / width.max(height).max(1.0)).min(1.0);
    let (canvas, context) = canvas(width * factor, height * factor)?;
    let (wide, high) = (canvas.width().into(), canvas.height().into());
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, wide, high).ok()?;
    pixels(&canvas, &context)
}
