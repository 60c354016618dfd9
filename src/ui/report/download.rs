//! Hands documents to the user: as files, or on paper. They are made in the page: nothing is fetched and nothing is sent.

use crate::messages::page;
use crate::protocol::file_worker::Request;
use crate::ui::file_client::FileClient;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// How long a browser may take to begin with the file before its address is given up.
const KEPT: Duration = Duration::from_secs(30);

/// Saves bytes under a name, where the browser saves what is downloaded. `kind`: the media type.
pub fn download(name: &str, kind: &str, bytes: &[u8]) -> Result<(), String> {
    offer(name, kind, bytes).map_err(|_| page::report::NO_DOWNLOAD.into())
}

/// Has a document written and saves it; `status` is told what became of it.
pub fn save(files: FileClient, request: Request, name: String, kind: &'static str, status: RwSignal<String>) {
    spawn_local(async move {
        let written = files.write(request).await.map_err(|problem| problem.message);
        status.try_set(match written.and_then(|bytes| download(&name, kind, &bytes)) {
            Ok(()) => page::report::saved_as(&name),
            Err(why) => page::report::not_saved(&why),
        });
    });
}

/// Prints the page once it is drawn as it is now.
pub fn print() {
    request_animation_frame(|| {
        if window().print().is_err() {
            leptos::logging::error!("this browser cannot print the page");
        }
    });
}

/// The time, in RFC 3339.
pub fn now() -> String {
    js_sys::Date::new_0().to_iso_string().into()
}

/// The day (UTC), as `YYYY-MM-DD`.
pub fn today() -> String {
    now().chars().take(10).collect()
}

fn offer(name: &str, kind: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlElement = document().create_element("a")?.unchecked_into();
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.click();
    set_timeout(move || drop(Url::revoke_object_url(&address)), KEPT);
    Ok(())
}
