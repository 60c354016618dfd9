//! What this browser keeps for the page, found out from the browser itself, and erased.

use super::super::storage;
use crate::messages::page;
use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, CacheStorage, Request, ServiceWorkerRegistration};

/// One thing that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the browser.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Addresses of the files in it.
    pub files: Vec<String>,
}

impl Kept {
    fn new(name: String, what: &str) -> Self {
        Self { name, what: what.into(), files: Vec::new() }
    }
}

/// Everything that is kept. A part that the browser does not give out, as over plain http, is left out.
pub async fn kept() -> Vec<Kept> {
    let mut all = Vec::new();
    for name in cache_names().await {
        let files = cached(&name).await;
        all.push(Kept { what: page::about::files(files.len()), name, files });
    }
    all.extend(databases().await.into_iter().map(|name| Kept::new(name, page::about::DATABASE)));
    let workers = registrations().await.len();
    all.extend((0..workers).map(|_| Kept::new("sw.js".into(), page::about::SERVICE_WORKER)));
    all.extend(storage::names().into_iter().map(|name| Kept::new(name, page::about::SETTING)));
    let cookies = cookies();
    if !cookies.is_empty() {
        all.push(Kept::new(cookies, page::about::COOKIES));
    }
    all
}

/// Erases everything that [`kept`] finds.
pub async fn erase() -> Result<(), String> {
    let told = |error: JsValue| error.as_string().unwrap_or_else(|| page::about::CANNOT_TELL.into());
    for worker in registrations().await {
        JsFuture::from(worker.unregister().map_err(told)?).await.map_err(told)?;
    }
    if let Some(caches) = caches() {
        for name in cache_names().await {
            JsFuture::from(caches.delete(&name)).await.map_err(told)?;
        }
    }
    for name in databases().await {
        delete_database(&name).map_err(told)?;
    }
    storage::clear();
    Ok(())
}

/// Absent over plain http.
fn caches() -> Option<CacheStorage> {
    window().caches().ok().filter(|caches| !caches.is_undefined())
}

async fn cache_names() -> Vec<String> {
    let Some(caches) = caches() else { return Vec::new() };
    texts(JsFuture::from(caches.keys()).await)
}

/// Addresses of the files in a cache, without the server's name.
async fn cached(name: &str) -> Vec<String> {
    let Some(caches) = caches() else { return Vec::new() };
    let Ok(cache) = JsFuture::from(caches.open(name)).await else { return Vec::new() };
    let Ok(keys) = JsFuture::from(cache.unchecked_into::<Cache>().keys()).await else { return Vec::new() };
    let origin = window().location().origin().unwrap_or_default();
    let address = |request: JsValue| {
        let url = request.unchecked_into::<Request>().url();
        url.strip_prefix(&origin).map(str::to_string).unwrap_or(url)
    };
    keys.unchecked_into::<Array>().iter().map(address).collect()
}

async fn registrations() -> Vec<ServiceWorkerRegistration> {
    // Absent over plain http.
    let navigator = window().navigator();
    if !Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or_default() {
        return Vec::new();
    }
    let all = JsFuture::from(navigator.service_worker().get_registrations()).await;
    all.map(|all| all.unchecked_into::<Array>().iter().map(JsCast::unchecked_into).collect())
        .unwrap_or_default()
}

/// The method of an object of the window, if the browser has both.
fn method(object: &str, name: &str) -> Option<(JsValue, Function)> {
    let object = Reflect::get(&window(), &object.into()).ok()?;
    let method = Reflect::get(&object, &name.into()).ok()?.dyn_into().ok()?;
    Some((object, method))
}

async fn databases() -> Vec<String> {
    let Some((all, list)) = method("indexedDB", "databases") else { return Vec::new() };
    let Ok(promise) = list.call0(&all) else { return Vec::new() };
    let Ok(found) = JsFuture::from(promise.unchecked_into::<Promise>()).await else { return Vec::new() };
    let name = |found: JsValue| Reflect::get(&found, &"name".into()).ok()?.as_string();
    found.unchecked_into::<Array>().iter().filter_map(name).collect()
}

fn delete_database(name: &str) -> Result<(), JsValue> {
    match method("indexedDB", "deleteDatabase") {
        Some((all, delete)) => delete.call1(&all, &name.into()).map(|_| ()),
        None => Ok(()),
    }
}

fn cookies() -> String {
    Reflect::get(&document(), &"cookie".into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

fn texts(list: Result<JsValue, JsValue>) -> Vec<String> {
    list.map(|list| list.unchecked_into::<Array>().iter().filter_map(|one| one.as_string()).collect())
        .unwrap_or_default()
}
