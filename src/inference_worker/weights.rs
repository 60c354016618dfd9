//! A bundle's files: from this device's cache, or from the page's own origin; checked in either case.

use crate::about::About;
use crate::fingerprint::sha256;
use crate::gate::{Distribution, Gate, GateKind};
use crate::messages::fault::worker as fault;
use crate::messages::why::worker as why;
use crate::model::{Card, DISTRIBUTION, EXTRACTOR, Extractor, Files, GOLDEN, Index, IndexEntry, WEIGHTS};
use crate::protocol::Problem;
use crate::protocol::inference_worker::CardFrom;
use gloo_net::http::Request;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, ReadableStreamDefaultReader, Response};

/// The cache's name; another layout of bundles gets another name.
const CACHE: &str = "lantern-weights-v1";

/// What was fetched.
pub(crate) struct Fetched {
    pub files: Files,
    /// Whether the large ones came from the cache.
    pub cached: bool,
    /// All models that the site has.
    pub models: Vec<About>,
    /// It knows every one of them that brings a distribution; `None` for a bundle that brings none itself.
    pub gate: Option<Gate>,
}

/// All files of a bundle; of the site's first one where `model` is empty. `progress` is told bytes so far and in all.
pub(crate) async fn fetch(
    model: &str,
    from: CardFrom,
    progress: impl Fn(u64, u64),
) -> Result<Fetched, Problem> {
    let cache = cache().await;
    let index = small(cache.as_ref(), "models/index.json", from).await?;
    let index = Index::parse(&index).map_err(|e| Problem::new(e.to_string()))?;
    let model = if model.is_empty() { index.first.as_str() } else { model };
    let models = index.models.iter().map(|entry| entry.about.clone()).collect();
    let entry = index.find(model).ok_or_else(|| Problem::new(fault::no_model(model)))?;
    let card = small(cache.as_ref(), &format!("models/{model}/card.json"), from).await?;
    if sha256(&card) != entry.card_sha256 {
        return Err(Problem::new(fault::other_card(model)));
    }
    let Card { files: stamps, gate, .. } = Card::parse(&card).map_err(|e| Problem::new(e.to_string()))?;
    let total: u64 = stamps.values().map(|stamp| stamp.bytes).sum();
    let mut done = 0;
    let mut cached = true;
    let mut file = async |name: &str| -> Result<Vec<u8>, Problem> {
        let stamp = stamps.get(name).ok_or_else(|| Problem::new(fault::not_listed(model, name)))?;
        let url = format!("models/{model}/{name}?sha256={}", stamp.sha256);
        let bytes = match kept_whole(cache.as_ref(), &url, &stamp.sha256).await {
            Some(bytes) => bytes,
            None => {
                cached = false;
                let bytes = download(&url, |part| progress(done + part, total)).await?;
                keep(cache.as_ref(), &url, &bytes).await;
                bytes
            }
        };
        done += bytes.len() as u64;
        Ok(bytes)
    };
    let (weights, golden) = (file(WEIGHTS).await?, file(GOLDEN).await?);
    let (distribution, gate) = match gate {
        Some(gate) => {
            let distribution = file(DISTRIBUTION).await?;
            let gate = open_gate(cache.as_ref(), &gate.extractor_sha256, &index.models).await?;
            (Some(distribution), Some(gate))
        }
        None => (None, None),
    };
    Ok(Fetched { files: Files { card, weights, golden, distribution }, cached, models, gate })
}

/// The gate that knows all models of the site. `extractor`: its SHA-256.
async fn open_gate(cache: Option<&Cache>, extractor: &str, index: &[IndexEntry]) -> Result<Gate, Problem> {
    let refused = |e: crate::model::Error| Problem::new(e.to_string());
    let bytes = pinned(cache, &format!("models/{EXTRACTOR}"), extractor).await?;
    let extractor = Extractor::open(&bytes).map_err(refused)?;
    let mut kinds = Vec::new();
    // Distances of another extractor would mean nothing: such a bundle is left out until it is fitted anew.
    for entry in index.iter().filter(|entry| entry.extractor_sha256.as_ref() == Some(&extractor.sha256)) {
        let About { id: model, kind: words, scope, .. } = entry.about.clone();
        let missing = || Problem::new(fault::not_in_index(&model, DISTRIBUTION));
        let hash = entry.files.get(DISTRIBUTION).ok_or_else(missing)?;
        let bytes = pinned(cache, &format!("models/{model}/{DISTRIBUTION}"), hash).await?;
        let distribution = Distribution::open(&bytes).map_err(refused)?;
        kinds.push(GateKind { model, words, scope, distribution });
    }
    Ok(Gate::new(extractor, kinds))
}

/// A small file whose hash is known: from the cache, or fetched, checked and kept.
async fn pinned(cache: Option<&Cache>, path: &str, hash: &str) -> Result<Vec<u8>, Problem> {
    let url = format!("{path}?sha256={hash}");
    if let Some(bytes) = kept_whole(cache, &url, hash).await {
        return Ok(bytes);
    }
    let bytes = download(&url, |_| ()).await?;
    if sha256(&bytes) != hash {
        return Err(Problem::new(fault::other_file(path)));
    }
    keep(cache, &url, &bytes).await;
    Ok(bytes)
}

/// The cache, where the browser has one: without it every visit downloads.
async fn cache() -> Option<Cache> {
    // Over http there is none, which the signature does not tell.
    let storage = crate::worker_port::scope().caches().ok().filter(|storage| !storage.is_undefined())?;
    JsFuture::from(storage.open(CACHE)).await.ok()?.dyn_into().ok()
}

/// The index or a card. It has no hash in its address, so the site is asked first unless nothing may be asked.
async fn small(cache: Option<&Cache>, url: &str, from: CardFrom) -> Result<Vec<u8>, Problem> {
    if from == CardFrom::Cache
        && let Some(bytes) = kept(cache, url).await
    {
        return Ok(bytes);
    }
    match download(url, |_| ()).await {
        Ok(bytes) => {
            keep(cache, url, &bytes).await;
            Ok(bytes)
        }
        Err(problem) => kept(cache, url).await.ok_or(problem),
    }
}

/// A kept file.
async fn kept(cache: Option<&Cache>, url: &str) -> Option<Vec<u8>> {
    let response: Response = JsFuture::from(cache?.match_with_str(url)).await.ok()?.dyn_into().ok()?;
    Some(Uint8Array::new(&JsFuture::from(response.array_buffer().ok()?).await.ok()?).to_vec())
}

/// A kept file, if it is still the one that its hash names; a damaged copy is dropped, so that it is fetched anew.
async fn kept_whole(cache: Option<&Cache>, url: &str, hash: &str) -> Option<Vec<u8>> {
    let bytes = kept(cache, url).await?;
    if sha256(&bytes) == hash {
        return Some(bytes);
    }
    JsFuture::from(cache?.delete_with_str(url)).await.ok();
    None
}

/// Keeps a file for the next visit. A full disk is no reason to stop: the next visit downloads again.
async fn keep(cache: Option<&Cache>, url: &str, bytes: &[u8]) {
    let (Some(cache), Ok(response)) =
        (cache, Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(bytes))))
    else {
        return;
    };
    if let Err(error) = JsFuture::from(cache.put_with_str(url, &response)).await {
        web_sys::console::warn_2(
            &JsValue::from_str("the model could not be kept for the next visit:"),
            &error,
        );
    }
}

/// Fetches from the page's own origin; the content security policy allows no other.
async fn download(url: &str, progress: impl Fn(u64)) -> Result<Vec<u8>, Problem> {
    let failed = |why: String| Problem::new(fault::not_fetched(url, &why));
    let response = Request::get(url).send().await.map_err(|e| failed(e.to_string()))?;
    if !response.ok() {
        return Err(failed(why::status(response.status())));
    }
    let body = response.body().ok_or_else(|| failed(why::EMPTY_ANSWER.into()))?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(|_| failed(why::BROKEN.into()))?;
        let field = |name: &str| Reflect::get(&part, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if field("done").is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(Uint8Array::new(&field("value")).to_vec());
        progress(bytes.len() as u64);
    }
}
