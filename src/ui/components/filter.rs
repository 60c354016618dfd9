//! Which images are listed, and in which order.

use crate::examination::Examination;
use crate::messages::page;
use crate::ui::item::{Item, ItemResult, Outcome};
use crate::ui::words;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// In which order images are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they came.
    Arrival,
    /// By name.
    Name,
    /// By what was found.
    Outcome,
    /// The most probable first.
    Probability,
}

impl Order {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Arrival, page::list::AS_THEY_CAME),
        (Self::Outcome, page::list::BY_FINDING),
        (Self::Probability, page::list::MOST_PROBABLE_FIRST),
        (Self::Name, page::list::BY_NAME),
    ];

    /// Images in this order; equal ones as they came.
    pub fn sort(self, workspace: Workspace, items: &mut [Item]) {
        match self {
            Self::Arrival => {}
            Self::Name => items.sort_by(|a, b| words::by_number(&a.name, &b.name)),
            Self::Outcome => {
                items.sort_by_cached_key(|item| (workspace.outcome(item), millionths(workspace, item)))
            }
            Self::Probability => items.sort_by_cached_key(|item| millionths(workspace, item)),
        }
    }
}

/// The probability of the finding, in a form that can be sorted, the highest first; images without one come last.
fn millionths(workspace: Workspace, item: &Item) -> Reverse<u32> {
    // An answer that is not shown yet must not be revealed by the sort order.
    let told = workspace.highest(item).filter(|_| item.asks().is_none());
    let judged = |shown: &ItemResult| {
        let Examination { answer, model, .. } = &shown.examination;
        Some(workspace.judged(&model.id, answer.as_ref()?))
    };
    let answer = told.and_then(|shown| judged(&shown));
    Reverse(answer.map_or(0, |answer| 1 + (answer.headline().1.get() * 1e6) as u32))
}

/// The choice of an outcome, an order and a part of the name.
#[component]
pub fn Filter(
    order: RwSignal<Order>,
    only: RwSignal<Option<Outcome>>,
    named: RwSignal<String>,
) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let counts = Memo::new(move |_| {
        let mut counts = BTreeMap::new();
        workspace.items.with(|items| {
            for item in items {
                *counts.entry(workspace.outcome(item)).or_insert(0) += 1;
            }
        });
        counts
    });
    let outcomes = move || {
        let counts = counts.get();
        let all: usize = counts.values().sum();
        let option = |outcome: Outcome| {
            let count = counts.get(&outcome).copied().unwrap_or(0);
            let name = words::outcome(outcome);
            let place = Outcome::ALL.iter().position(|one| *one == outcome).unwrap_or(0);
            let is_chosen = only.get() == Some(outcome);
            (count > 0 || is_chosen).then(
                || view! { <option value=place.to_string() selected=is_chosen>{page::list::outcome_option(name, count)}</option> },
            )
        };
        view! {
            <option value="" selected=only.get().is_none()>{page::list::outcome_option(page::list::ALL, all)}</option>
            {Outcome::ALL.map(option)}
        }
    };
    let orders = Order::ALL.map(|(one, name)| {
        let place = Order::ALL.iter().position(|(other, _)| *other == one).unwrap_or(0);
        view! { <option value=place.to_string()>{name}</option> }
    });
    let place = |text: String| text.parse::<usize>().ok();
    view! {
        <div class="sieve">
            <select aria-label=page::list::WHICH
                on:change=move |event| {
                    only.set(place(event_target_value(&event)).and_then(|place| Outcome::ALL.get(place).copied()));
                }>{outcomes}</select>
            <select aria-label=page::list::ORDER
                on:change=move |event| {
                    let chosen = place(event_target_value(&event)).and_then(|place| Order::ALL.get(place));
                    order.set(chosen.map_or(Order::Arrival, |(order, _)| *order));
                }>{orders}</select>
            <input type="search" placeholder=page::list::NAME_HINT aria-label=page::list::NAME
                prop:value=move || named.get() on:input=move |event| named.set(event_target_value(&event))/>
        </div>
    }
}
