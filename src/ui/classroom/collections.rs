//! Collections of images that the companion serves. Nothing is asked of it before the button is pressed.

use super::own_files::hand_over;
use super::room::Room;
use crate::messages::page::source as words;
use crate::protocol::companion::{Collection, CollectionList};
use crate::ui::net::{self, Method, Refusal};
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;

const PATH: &str = "/api/collections";

/// A button, and then the collections that there are.
#[component]
pub fn Collections() -> impl IntoView {
    let room = expect_context::<Room>();
    let listed = RwSignal::new(None::<Result<Vec<Collection>, String>>);
    let ask = move |_| {
        spawn_local(async move {
            let answer = net::text(Method::Get, PATH, None).await.map_err(told);
            let list = answer.and_then(|text| {
                let list: Result<CollectionList, _> = serde_json::from_str(&text);
                list.map(|list| list.collections).map_err(|_| words::NO_COMPANION.to_string())
            });
            listed.try_set(Some(list));
        });
    };
    let one = move |collection: &Collection| {
        let Collection { name, bytes } = collection.clone();
        let label = words::collection(&name, bytes as f64 / 1e6);
        let take = move |_| {
            let name = name.clone();
            spawn_local(async move { fetch(room, name).await });
        };
        view! { <li><button type="button" class="quiet" on:click=take>{label}</button></li> }
    };
    let shown = move || {
        listed.get().map(|listed| match listed {
            Err(why) => view! { <p role="alert">{why}</p> }.into_any(),
            Ok(all) if all.is_empty() => view! { <p role="status">{words::NO_COLLECTIONS}</p> }.into_any(),
            Ok(all) => {
                let all = all.iter().map(one).collect_view();
                view! { <ul class="plain" aria-label=words::COLLECTIONS>{all}</ul> }.into_any()
            }
        })
    };
    view! {
        <button type="button" on:click=ask>{words::COLLECTIONS}</button>
        {shown}
    }
}

/// Why there is no list: the companion's reason, or that there is no companion.
fn told(refusal: Refusal) -> String {
    match refusal.status {
        Some(_) => refusal.why,
        None => words::NO_COMPANION.into(),
    }
}

async fn fetch(room: Room, name: String) {
    room.problem.set(None);
    room.preparing.set(Some((0, 0)));
    let path = format!("{PATH}/{}", String::from(js_sys::encode_uri_component(&name)));
    match net::bytes(&path).await {
        // What is fetched is an archive, also of a folder.
        Ok(bytes) => {
            let name = if name.contains('.') { name } else { format!("{name}.zip") };
            hand_over(room, vec![(name, Uint8Array::new(&bytes))]);
        }
        Err(refusal) => {
            room.preparing.set(None);
            room.problem.set(Some(told(refusal)));
        }
    }
}
