//! The audit log, newest first.

use crate::messages::{self, page};
use crate::protocol::companion::{AuditEntry, AuditLog, LIST_LIMIT};
use crate::ui::companion::Companion;
use crate::ui::net::Method;
use crate::ui::task::Task;
use leptos::prelude::*;

/// So many entries at once.
const PAGE: u32 = if LIST_LIMIT < 50 { LIST_LIMIT } else { 50 };

/// The log, once it is asked for: reading it is an entry too.
#[component]
pub fn Log() -> impl IntoView {
    let companion = expect_context::<Companion>();
    let entries = RwSignal::new(Vec::<AuditEntry>::new());
    let anchor = RwSignal::new(None::<String>);
    let next = RwSignal::new(None::<i64>);
    let read = Task::new(move |before: Option<i64>| async move {
        let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
        let path = format!("/api/audit-log?limit={PAGE}{before}");
        let log: AuditLog = companion.request(Method::Get, &path, None).await?;
        if before.is_empty() {
            entries.try_set(Vec::new());
            anchor.try_set(Some(log.anchor));
        }
        entries.try_update(|all| all.extend(log.entries));
        next.try_set(log.next);
        Ok::<_, String>(())
    });
    let failed = move || read.value().and_then(Result::err).filter(|_| !read.is_pending());
    let table = move || {
        view! {
            <div class="tags" tabindex="0" role="region" aria-label=page::administration::ENTRIES>
                <table>
                    <thead><tr>
                        <th scope="col">{page::administration::TIME}</th><th scope="col">{page::administration::WHO}</th>
                        <th scope="col">{page::administration::WHAT}</th><th scope="col">{page::administration::TO_WHAT}</th>
                    </tr></thead>
                    <tbody><For each=move || entries.get() key=|entry| entry.number children=row/></tbody>
                </table>
            </div>
        }
    };
    view! {
        <h2>{page::administration::AUDIT_LOG}</h2>
        <p class="small">{page::administration::AUDIT_HINT}</p>
        {move || anchor.get().map(|anchor| view! {
            <h3>{page::administration::ANCHOR_TITLE}</h3>
            <p class="hash">{anchor}</p>
            <p class="small">{page::administration::ANCHOR_HINT}</p>
        })}
        <Show when=move || !entries.with(Vec::is_empty)>{table()}</Show>
        {move || failed().map(|why| view! { <p role="alert">{why}</p> })}
        <p role="status" class="small">{move || read.is_pending().then_some(page::administration::LOOKING)}</p>
        <Show when=move || anchor.get().is_none()>
            <button type="button" disabled=move || read.is_pending() on:click=move |_| read.start(None)>
                {page::administration::SHOW_LOG_BUTTON}
            </button>
        </Show>
        <Show when=move || next.get().is_some()>
            <button type="button" disabled=move || read.is_pending() on:click=move |_| read.start(next.get_untracked())>
                {page::administration::OLDER_BUTTON}
            </button>
        </Show>
    }
}

fn row(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { at, actor, action, target, .. } = entry;
    let words = page::administration::action(&action).map_or_else(|| action.clone(), String::from);
    view! {
        <tr>
            <td><time datetime=at.clone()>{messages::minute(&at)}</time></td>
            <td>{actor}</td>
            <td title=action>{words}</td>
            <td class="hash">{target}</td>
        </tr>
    }
}
