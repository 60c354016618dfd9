//! Follows the size of an element.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlDivElement, ResizeObserver};

/// Tells of an element as soon as it is there, and each time its size changes.
pub fn follow(place: NodeRef<Div>, tell: impl Fn(&HtmlDivElement) + Copy + 'static) {
    let watching = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn Fn()>)>);
    Effect::new(move || {
        let Some(element) = place.get() else { return };
        let observed = element.clone();
        let seen = Closure::<dyn Fn()>::new(move || tell(&observed));
        if let Ok(observer) = ResizeObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(&element);
            watching.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(move || {
        watching.try_update_value(|watching| watching.take().inspect(|(observer, _)| observer.disconnect()));
    });
}
