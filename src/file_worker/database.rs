//! The vault's records in the browser's database (IndexedDB): the record of the key, the number of the next case, and each sealed case under its
//! number. Every act opens the database and closes it, so that no tab hinders another that erases it.

use crate::protocol::vault::DATABASE;
use crate::vault::Error;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

const VERSION: u32 = 1;
const RECORDS: &str = "records";
/// Names of the two records that are no cases.
const KEY: &str = "key";
const NEXT: &str = "next";
/// So long a database may take to open, in milliseconds: another tab may be erasing it.
const PATIENCE: i32 = 20_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(act: &Function, milliseconds: i32);

    type Factory;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Factory, name: &str, version: u32) -> Result<Request, JsValue>;

    #[derive(Clone)]
    type Request;
    #[wasm_bindgen(method, getter, catch)]
    fn result(this: &Request) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn error(this: &Request) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, js_name = transaction)]
    fn own_transaction(this: &Request) -> Option<Transaction>;

    type Database;
    #[wasm_bindgen(method, catch, js_name = createObjectStore)]
    fn create_store(this: &Database, name: &str) -> Result<Records, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Database,
        store: &str,
        mode: &str,
        options: &Object,
    ) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Database);

    type Transaction;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn store(this: &Transaction, name: &str) -> Result<Records, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn abort(this: &Transaction) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = error)]
    fn why(this: &Transaction) -> JsValue;

    #[wasm_bindgen(js_name = IDBObjectStore)]
    type Records;
    #[wasm_bindgen(method, catch, js_name = get)]
    fn ask(this: &Records, key: &JsValue) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAll)]
    fn ask_all(this: &Records) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAllKeys)]
    fn ask_keys(this: &Records) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = put)]
    fn ask_put(this: &Records, value: &JsValue, key: &JsValue) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = delete)]
    fn ask_delete(this: &Records, key: &JsValue) -> Result<Request, JsValue>;
}

/// The records within one act.
pub(super) struct Act(Records);

impl Act {
    /// The record of the key.
    pub async fn key(&self) -> Result<Option<String>, Error> {
        Ok(self.get(&KEY.into()).await?.as_string())
    }

    /// Keeps the record of the key.
    pub async fn put_key(&self, record: &str) -> Result<(), Error> {
        self.put(&KEY.into(), &record.into()).await
    }

    /// A number that no case had before.
    pub async fn next_number(&self) -> Result<i64, Error> {
        let next = self.get(&NEXT.into()).await?.as_f64().unwrap_or(1.0);
        self.put(&NEXT.into(), &(next + 1.0).into()).await?;
        Ok(next as i64)
    }

    /// The numbers of all cases.
    pub async fn numbers(&self) -> Result<Vec<i64>, Error> {
        let keys = answer(self.0.ask_keys()).await?;
        Ok(Array::from(&keys).iter().filter_map(|key| number(&key)).collect())
    }

    /// All cases, by their numbers.
    pub async fn cases(&self) -> Result<Vec<(i64, String)>, Error> {
        let keys = answer(self.0.ask_keys()).await?;
        let values = answer(self.0.ask_all()).await?;
        let both = Array::from(&keys).iter().zip(Array::from(&values).iter()).collect::<Vec<_>>();
        let case =
            |(key, value): (JsValue, JsValue)| Some((number(&key)?, value.as_string().unwrap_or_default()));
        Ok(both.into_iter().filter_map(case).collect())
    }

    /// Whether there is a case.
    pub async fn has_case(&self, id: i64) -> Result<bool, Error> {
        Ok(!self.get(&(id as f64).into()).await?.is_undefined())
    }

    /// Keeps a sealed case.
    pub async fn put_case(&self, id: i64, sealed: &str) -> Result<(), Error> {
        self.put(&(id as f64).into(), &sealed.into()).await
    }

    /// Deletes a case.
    pub async fn delete_case(&self, id: i64) -> Result<(), Error> {
        answer(self.0.ask_delete(&(id as f64).into())).await.map(drop)
    }

    async fn get(&self, key: &JsValue) -> Result<JsValue, Error> {
        answer(self.0.ask(key)).await
    }

    async fn put(&self, key: &JsValue, value: &JsValue) -> Result<(), Error> {
        answer(self.0.ask_put(value, key)).await.map(drop)
    }
}

/// Acts on the records in one transaction: all of it is on the disk when this returns, or nothing. `None` where there is no database, and
/// `is_made` does not ask for one.
pub(super) async fn act<T>(
    is_made: bool,
    work: impl AsyncFnOnce(&Act) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let Some(database) = open(is_made).await? else { return Ok(None) };
    let done = in_transaction(&database, work).await;
    database.close();
    done.map(Some)
}

async fn in_transaction<T>(
    database: &Database,
    work: impl AsyncFnOnce(&Act) -> Result<T, Error>,
) -> Result<T, Error> {
    let options = Object::new();
    // Otherwise a browser may say that it is done before it is on the disk.
    Reflect::set(&options, &"durability".into(), &"strict".into()).ok();
    let transaction = database.transaction(RECORDS, "readwrite", &options).map_err(|why| told(&why))?;
    let ended = event(&transaction, "oncomplete", &["onabort"]);
    let value = match transaction.store(RECORDS) {
        Ok(store) => work(&Act(store)).await,
        Err(why) => Err(told(&why)),
    };
    if value.is_err() {
        transaction.abort().ok();
    }
    let ended = JsFuture::from(ended).await;
    let value = value?;
    ended.map_err(|_| told(&transaction.why()))?;
    Ok(value)
}

/// Opens the database. Without `is_made`, one that is not there is not made.
async fn open(is_made: bool) -> Result<Option<Database>, Error> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).unwrap_or_default();
    if factory.is_undefined() || factory.is_null() {
        return Err(Error::NoStorage);
    }
    let request =
        factory.unchecked_into::<Factory>().open(DATABASE, VERSION).map_err(|_| Error::NoStorage)?;
    let upgrade = {
        let request = request.clone();
        Closure::once(move |_: JsValue| {
            if !is_made {
                request.own_transaction().map(|own| own.abort());
                return;
            }
            if let Ok(database) = request.result() {
                database.unchecked_into::<Database>().create_store(RECORDS).ok();
            }
        })
    };
    Reflect::set(&request, &"onupgradeneeded".into(), upgrade.as_ref()).ok();
    let opened = event(&request, "onsuccess", &["onerror"]);
    let late = Promise::new(&mut |_, reject| set_timeout(&reject, PATIENCE));
    match JsFuture::from(Promise::race(&Array::of2(&opened, &late))).await {
        Ok(_) => Ok(Some(request.result().map_err(|why| told(&why))?.unchecked_into())),
        Err(_) => {
            // It throws while the request is under way: then time has run out.
            let Ok(why) = request.error() else {
                close_when_open(&request);
                return Err(Error::Blocked);
            };
            match name(&why).as_str() {
                "AbortError" if !is_made => Ok(None),
                "VersionError" => Err(Error::Newer),
                "QuotaExceededError" => Err(Error::Full),
                _ => Err(Error::NoStorage),
            }
        }
    }
}

/// What comes too late must not stay open, or nobody could erase it.
fn close_when_open(request: &Request) {
    let opened = request.clone();
    let close = Closure::once_into_js(move |_: JsValue| {
        if let Ok(database) = opened.result() {
            database.unchecked_into::<Database>().close();
        }
    });
    Reflect::set(request, &"onsuccess".into(), &close).ok();
}

/// The answer to a request.
async fn answer(request: Result<Request, JsValue>) -> Result<JsValue, Error> {
    let request = request.map_err(|why| told(&why))?;
    match JsFuture::from(event(&request, "onsuccess", &["onerror"])).await {
        Ok(_) => request.result().map_err(|why| told(&why)),
        Err(_) => Err(told(&request.error().unwrap_or_default())),
    }
}

/// Ends with the first of these events of an object: well with `good`, otherwise with one of `bad`.
fn event(object: &JsValue, good: &str, bad: &[&str]) -> Promise {
    Promise::new(&mut |resolve, reject| {
        Reflect::set(object, &good.into(), &resolve).ok();
        for name in bad {
            Reflect::set(object, &(*name).into(), &reject).ok();
        }
    })
}

fn number(key: &JsValue) -> Option<i64> {
    key.as_f64().map(|number| number as i64)
}

fn name(why: &JsValue) -> String {
    Reflect::get(why, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}

fn told(why: &JsValue) -> Error {
    match name(why).as_str() {
        "QuotaExceededError" => Error::Full,
        name => Error::Refused { why: name.into() },
    }
}
