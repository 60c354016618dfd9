//! The shell: top bar, room, footer.

use super::desk::Desk;
use super::history::History;
use super::masking::PatientShown;
use super::parts::{DropPlace, Findings, Queue, Viewer};
use super::requests::RequestStrip;
use super::rooms::{Room, RoomLinks};
use super::theme::ThemeButton;
use super::{bridge, requests};
use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    let room = Room::follow_address();
    provide_context(room);
    provide_context(PatientShown::masked());
    requests::watch(desk.requests, desk.opened);
    bridge::start(desk);
    bridge::keep_warm(desk);
    super::parts::listen_for_paste(desk);
    view! {
        <a class="skip" href="#main">"Skip to the image"</a>
        <header class="bar">
            <a class="name" href="/" on:click=move |event| room.go(Room::Clinic, &event)>"Lantern"</a>
            <RoomLinks/>
            <ThemeButton/>
        </header>
        <main id="main" data-room=move || room.get().slug()>
            {move || match room.get() {
                Room::History => view! { <History/> }.into_any(),
                Room::Clinic | Room::SelfCheck => view! { <Examining/> }.into_any(),
            }}
        </main>
        <footer class="foot">
            <strong data-testid="not-a-diagnosis">"Not a diagnosis."</strong>
            <span>"A computer's reading can be wrong. Decisions belong to a clinician."</span>
            <RequestStrip/>
        </footer>
    }
}

/// Clinic and self-check: the image takes the room, the findings stand beside it.
#[component]
fn Examining() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let is_empty = move || desk.jobs.with(Vec::is_empty) && desk.arriving.get().1 == 0;
    view! {
        <Show when=move || !is_empty() fallback=|| view! { <DropPlace/> }>
            <div class="desk">
                <Queue/>
                <Viewer/>
                <Findings/>
            </div>
        </Show>
    }
}
