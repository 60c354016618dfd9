//! The shell: top bar, route, footer.

use super::about::About;
use super::account::{AccountMenu, LogInPanel, follow_first_link};
use super::administration::Administration;
use super::cleared::{Cleared, UndoClear};
use super::companion::Companion;
use super::components::{Announce, DropZone, Findings, ImageView, Queue};
use super::elements::Elements;
use super::history::History;
use super::kept::SavedImages;
use super::masking::PatientShown;
use super::requests::RequestStrip;
use super::routes::{Route, RouteLinks};
use super::self_check::{Flow, SelfCheck};
use super::theme::ThemeButton;
use super::vault::{Vault, VaultPanel};
use super::workspace::Workspace;
use super::{inference_client, requests, work};
use crate::messages::page;
use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let workspace = Workspace::new();
    provide_context(workspace);
    provide_context(Elements::default());
    let route = Route::follow_address();
    provide_context(route);
    provide_context(PatientShown::masked());
    let companion = Companion::ask();
    provide_context(companion);
    provide_context(Vault::new());
    follow_first_link(companion);
    provide_context(SavedImages::ask(companion));
    provide_context(Cleared::watch(workspace));
    work::ask_before_leaving(workspace);
    requests::watch(workspace.requests, workspace.opened);
    inference_client::start(workspace);
    let flow = Flow::new(workspace);
    provide_context(flow);
    super::components::listen_for_paste(workspace, move |files| {
        untrack(|| route.get()) == Route::SelfCheck && {
            flow.dropped(files);
            true
        }
    });
    view! {
        <a class="skip" href="#main">{page::shell::SKIP_LINK}</a>
        <header class="bar">
            <a class="name" href="/" on:click=move |event| route.go(Route::Clinic, &event)>{page::shell::NAME}</a>
            <RouteLinks/>
            <AccountMenu/>
            <ThemeButton/>
        </header>
        <UndoClear/>
        <LogInPanel/>
        <VaultPanel/>
        <main id="main" data-route=move || route.get().slug()>
            {move || match route.get() {
                Route::History => view! { <History/> }.into_any(),
                Route::Administration => view! { <Administration/> }.into_any(),
                Route::About => view! { <About/> }.into_any(),
                Route::SelfCheck => view! { <SelfCheck/> }.into_any(),
                Route::Clinic => view! { <Examining/> }.into_any(),
            }}
        </main>
        <footer class="foot">
            <strong>{page::shell::NOT_A_DIAGNOSIS}</strong>
            <span>{page::shell::WHO_DECIDES}</span>
            <a href=Route::About.path() on:click=move |event| route.go(Route::About, &event)>{page::about::TITLE}</a>
            <RequestStrip/>
        </footer>
    }
}

/// The clinic: the image takes the room, the findings stand beside it.
#[component]
fn Examining() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let is_empty = move || workspace.items.with(Vec::is_empty) && workspace.arriving.get().1 == 0;
    view! {
        <Show when=move || !is_empty() fallback=|| view! { <DropZone/> }>
            <div class="workspace">
                <Announce/>
                <Queue/>
                <ImageView/>
                <Findings/>
            </div>
        </Show>
    }
}
