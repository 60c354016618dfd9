//! What this browser keeps for the page, found out from the browser itself, and erased.

use super::super::storage;
use crate::messages::page;
use crate::protocol::vault::DATABASE;
use js_sys::{Array, Reflect};
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
    all.extend(storage::databases().await.unwrap_or_default().into_iter().map(|name| {
        match name == DATABASE {
            true => Kept::new(name, page::vault::DATABASE),
            false => Kept::new(name, page::about::DATABASE),
        }
    }));
    let workers = registrations().await.len();
    all.extend((0..workers).map(|_| Kept::new("sw.js".into(), page::about::SERVICE_WORKER)));
    all.extend(storage::names().into_iter().map(|name| Kept::new(name, page::about::SETTING)));
    all.extend(cookies().into_iter().map(|name| Kept::new(name, page::about::COOKIE)));
    all
}

/// Erases everything that [`kept`] finds.
///
/// # Errors
/// The browser's, where it refuses; what comes after is then still there.
pub async fn erase() -> Result<(), JsValue> {
    storage::clear();
    for name in cookies() {
        let ended = format!("{name}=;path=/;max-age=0");
        Reflect::set(&document(), &"cookie".into(), &ended.into())?;
    }
    for worker in registrations().await {
        JsFuture::from(worker.unregister()?).await?;
    }
    if let Some(caches) = caches() {
        for name in cache_names().await {
            JsFuture::from(caches.delete(&name)).await?;
        }
    }
    // Last, because another tab can hold it open.
    // A browser that does not tell which there are may keep a vault.
    for name in storage::databases().await.unwrap_or_else(|| vec![DATABASE.into()]) {
        storage::delete_database(&name).await?;
    }
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

/// Names of the cookies that a script can read. That of a log-in is not among them.
fn cookies() -> Vec<String> {
    let all = Reflect::get(&document(), &"cookie".into()).ok().and_then(|text| text.as_string());
    let names = all.unwrap_or_default();
    let names = names.split(';').filter_map(|one| one.split('=').next()).map(str::trim);
    names.filter(|name| !name.is_empty()).map(String::from).collect()
}

fn texts(list: Result<JsValue, JsValue>) -> Vec<String> {
    list.map(|list| list.unchecked_into::<Array>().iter().filter_map(|one| one.as_string()).collect())
        .unwrap_or_default()
}
