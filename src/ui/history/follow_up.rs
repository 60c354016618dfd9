//! What became of a case since it was saved: shown beside it, changed where it is open, and listed while it is still to be looked at.

use crate::case::{FollowUp, Status};
use crate::messages::page;
use crate::protocol::companion::{CaseFollowUp, FollowUpList};
use crate::ui::companion::{Companion, json};
use crate::ui::net::Method;
use crate::ui::report::today;
use crate::ui::routes::CurrentRoute;
use crate::ui::task::Task;
use leptos::prelude::*;
use leptos::task::spawn_local;

const FOLLOW_UPS: &str = "/api/follow-ups";

/// A follow-up in words.
pub fn in_words(FollowUp { status, due }: &FollowUp) -> String {
    page::history::follow_up(status_in_words(*status), due.as_deref())
}

fn status_in_words(status: Status) -> &'static str {
    match status {
        Status::ToFollowUp => page::history::TO_FOLLOW_UP,
        Status::Confirmed => page::history::CONFIRMED,
        Status::NotConfirmed => page::history::NOT_CONFIRMED,
    }
}

/// All follow-ups. A signal: copies share it.
#[derive(Clone, Copy)]
pub struct FollowUps(RwSignal<Vec<CaseFollowUp>>);

impl FollowUps {
    /// Asks the companion. Where it does not answer, the list of cases says why.
    pub fn ask(companion: Companion) -> Self {
        let all = RwSignal::new(Vec::new());
        spawn_local(async move {
            if let Ok(list) = companion.request_quietly::<FollowUpList>(FOLLOW_UPS).await {
                all.try_set(list.follow_ups);
            }
        });
        Self(all)
    }

    /// Of a case.
    pub fn of(self, id: i64) -> Option<FollowUp> {
        self.0.with(|all| all.iter().find(|one| one.id == id).map(|one| one.follow_up.clone()))
    }

    /// All of them, now.
    pub fn all(self) -> Vec<CaseFollowUp> {
        self.0.try_get_untracked().unwrap_or_default()
    }

    /// Sets the follow-up of a case, or takes it away.
    pub async fn keep(self, companion: Companion, id: i64, wanted: Option<FollowUp>) -> Result<(), String> {
        let path = format!("{FOLLOW_UPS}/{id}");
        let (method, body) = match &wanted {
            Some(follow_up) => (Method::Put, Some(json(follow_up)?)),
            None => (Method::Delete, None),
        };
        companion.request::<()>(method, &path, body).await?;
        self.set(id, wanted);
        Ok(())
    }

    fn set(self, id: i64, follow_up: Option<FollowUp>) {
        self.0.try_update(|all| {
            all.retain(|one| one.id != id);
            all.extend(follow_up.map(|follow_up| CaseFollowUp { id, follow_up }));
            all.sort_by_key(|one| {
                let due = one.follow_up.due.clone();
                (one.follow_up.status, due.is_none(), due, std::cmp::Reverse(one.id))
            });
        });
    }
}

/// Cases by their follow-up, those that are still open first and by their day; nothing where there is none.
#[component]
pub fn ByFollowUp() -> impl IntoView {
    let route = expect_context::<CurrentRoute>();
    let all = expect_context::<FollowUps>();
    let today = today();
    let item = move |one: &CaseFollowUp| {
        let id = one.id;
        let words = page::history::case_due(id, one.follow_up.due.as_deref(), &today);
        view! { <li><a href=CurrentRoute::case_address(id) on:click=move |event| route.open_case(id, &event)>{words}</a></li> }
    };
    move || {
        let all = all.0.get();
        let of = |status: Status| {
            let items: Vec<_> = all.iter().filter(|one| one.follow_up.status == status).map(&item).collect();
            (!items.is_empty()).then(|| {
                let title = page::history::cases_so(items.len(), status_in_words(status));
                view! { <details><summary>{title}</summary><ul>{items}</ul></details> }
            })
        };
        Status::ALL.map(of)
    }
}

/// The follow-up of an open case: in words, and where the role allows it as a choice.
#[component]
pub fn CaseFollow(id: i64) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let all = expect_context::<FollowUps>();
    let current = Memo::new(move |_| all.of(id));
    let set = Task::new(move |wanted: Option<FollowUp>| all.keep(companion, id, wanted));
    let told = move || match set.value().filter(|_| !set.is_pending()) {
        Some(Ok(())) => {
            view! { <p class="small" role="status">{page::history::FOLLOW_UP_KEPT}</p> }.into_any()
        }
        Some(Err(why)) => view! { <p role="alert">{page::case::not_saved(&why)}</p> }.into_any(),
        None => ().into_any(),
    };
    let words = move || current.get().map_or(page::history::NO_FOLLOW_UP.into(), |one| in_words(&one));
    let body = move || {
        if companion.may_save() {
            view! { <Choice current set/>{told} }.into_any()
        } else {
            view! { <p>{words}</p> }.into_any()
        }
    };
    view! { <h2>{page::history::FOLLOW_UP_TITLE}</h2>{body} }
}

#[component]
fn Choice(current: Memo<Option<FollowUp>>, set: Task<Option<FollowUp>, Result<(), String>>) -> impl IntoView {
    let status = move || current.get().map(|one| one.status);
    let options = Status::ALL.map(|one| {
        view! { <option value=one.name() prop:selected=move || status() == Some(one)>{status_in_words(one)}</option> }
    });
    let choose = move |event| {
        let status = Status::named(&event_target_value(&event));
        set.start(status.map(|status| FollowUp { status, due: None }));
    };
    let day = move |event| {
        let due = Some(event_target_value(&event)).filter(|day| !day.is_empty());
        set.start(Some(FollowUp { status: Status::ToFollowUp, due }));
    };
    view! {
        <div class="ways">
            <select aria-label=page::history::FOLLOW_UP_TITLE on:change=choose>
                <option value="" prop:selected=move || status().is_none()>{page::history::NO_FOLLOW_UP}</option>
                {options}
            </select>
            <Show when=move || status() == Some(Status::ToFollowUp)>
                <label>
                    {page::history::DUE}
                    <input type="date" prop:value=move || current.get().and_then(|one| one.due).unwrap_or_default() on:change=day/>
                </label>
            </Show>
        </div>
    }
}
