//! Routes of the page and their addresses.

use super::companion::Companion;
use super::workspace::Workspace;
use crate::fingerprint::Sha256;
use crate::messages::page;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Numbers, dark.
    Clinic,
    /// The same in plainer words.
    SelfCheck,
    /// The cases that were kept.
    History,
    /// Accounts and the audit log.
    Administration,
    /// What it is for, and what it keeps.
    About,
}

impl Route {
    const ALL: [Self; 5] = [Self::Clinic, Self::SelfCheck, Self::History, Self::Administration, Self::About];

    /// The route's name in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clinic => page::shell::CLINIC,
            Self::SelfCheck => page::shell::SELF_CHECK,
            Self::History => page::shell::HISTORY,
            Self::Administration => page::administration::TITLE,
            Self::About => page::about::TITLE,
        }
    }

    /// The route's name in addresses and styles.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Clinic => "clinic",
            Self::SelfCheck => "self-check",
            Self::History => "history",
            Self::Administration => "administration",
            Self::About => "about",
        }
    }

    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Clinic => "/",
            Self::SelfCheck => "/self-check",
            Self::History => "/history",
            Self::Administration => "/administration",
            Self::About => "/about",
        }
    }

    /// Whether there is a link to it.
    fn is_offered(self, companion: Companion) -> bool {
        match self {
            Self::Administration => companion.has_accounts() && companion.may_manage(),
            // It has a link in the footer.
            Self::About => false,
            _ => true,
        }
    }

    fn at(path: &str) -> Self {
        Self::ALL.into_iter().find(|route| route.path() == path).unwrap_or(Self::Clinic)
    }

    /// The route that the address names, now and after each step back or forward.
    pub fn follow_address() -> CurrentRoute {
        let here = || window().location().pathname().map_or(Self::Clinic, |path| Self::at(&path));
        let route = CurrentRoute { route: RwSignal::new(here()), within: RwSignal::new(within_address()) };
        route.adorn();
        let moved = Closure::<dyn Fn()>::new(move || {
            route.within.set(within_address());
            route.route.set(here());
            route.adorn();
        });
        window().set_onpopstate(Some(moved.as_ref().unchecked_ref()));
        // It listens as long as the page lives.
        moved.forget();
        route
    }
}

/// What is shown within the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// All cases.
    All,
    /// The case that is open.
    Case(i64),
    /// The case of the vault that is open.
    Vaulted(i64),
    /// The cases of a patient.
    Patient(Sha256),
}

/// What the address names within the history.
fn within_address() -> Within {
    let search = window().location().search().unwrap_or_default();
    let named = |part: &str| {
        let (name, value) = part.split_once('=')?;
        match name {
            "case" => value.parse().ok().map(Within::Case),
            "vault" => value.parse().ok().map(Within::Vaulted),
            "patient" => value.parse().ok().map(Within::Patient),
            _ => None,
        }
    };
    search.trim_start_matches('?').split('&').find_map(named).unwrap_or(Within::All)
}

/// The route that is shown, and what of the history.
#[derive(Clone, Copy, Debug)]
pub struct CurrentRoute {
    route: RwSignal<Route>,
    within: RwSignal<Within>,
}

impl CurrentRoute {
    /// Which it is.
    pub fn get(self) -> Route {
        self.route.get()
    }

    /// What of the history is shown.
    pub fn within(self) -> Within {
        self.within.get()
    }

    /// The address of a case in the history.
    pub fn case_address(id: i64) -> String {
        Self::address_within(Within::Case(id))
    }

    /// The address of a part of the history.
    pub fn address_within(within: Within) -> String {
        let path = Route::History.path();
        match within {
            Within::All => path.into(),
            Within::Case(id) => format!("{path}?case={id}"),
            Within::Vaulted(id) => format!("{path}?vault={id}"),
            Within::Patient(patient) => format!("{path}?patient={patient}"),
        }
    }

    /// Goes to a route without loading the page anew, which would lose the images; a click with a modifier key opens a
    /// new tab, as everywhere.
    pub fn go(self, route: Route, event: &web_sys::MouseEvent) {
        if is_here(event) {
            self.show(route, Within::All);
        }
    }

    /// Opens a case of the history, in the same way.
    pub fn open_case(self, id: i64, event: &web_sys::MouseEvent) {
        self.open_within(Within::Case(id), event);
    }

    /// Opens a part of the history, in the same way.
    pub fn open_within(self, within: Within, event: &web_sys::MouseEvent) {
        if is_here(event) {
            self.show(Route::History, within);
        }
    }

    /// Shows a route, or a part of the history, under its address.
    pub fn show(self, route: Route, within: Within) {
        let address = match within {
            Within::All => route.path().to_string(),
            within => Self::address_within(within),
        };
        if let Ok(history) = window().history() {
            // Where the address cannot be changed, the route still can.
            history.push_state_with_url(&JsValue::NULL, "", Some(&address)).ok();
        }
        self.within.set(within);
        self.route.set(route);
        self.adorn();
    }

    /// The route's name on the document, for its default theme.
    fn adorn(self) {
        if let Some(root) = document().document_element() {
            root.set_attribute("data-route", self.route.get_untracked().slug()).ok();
        }
    }
}

/// Whether a click is to be followed in this tab; the browser then no longer follows it.
fn is_here(event: &web_sys::MouseEvent) -> bool {
    let is_here = !(event.ctrl_key() || event.meta_key() || event.shift_key());
    if is_here {
        event.prevent_default();
    }
    is_here
}

/// Links to all routes.
#[component]
pub fn RouteLinks() -> impl IntoView {
    let current = expect_context::<CurrentRoute>();
    let companion = expect_context::<Companion>();
    let link = move |route: Route| {
        let is_here = move || (current.get() == route).then_some("page");
        view! {
            <a href=route.path() aria-current=is_here on:click=move |event| current.go(route, &event)>{route.title()}</a>
        }
    };
    // The classroom is a page of its own; in another tab where images are open, which would be lost.
    let workspace = expect_context::<Workspace>();
    let target = move || workspace.opened.get().then_some("lantern-classroom");
    view! {
        <nav class="routes" aria-label=page::shell::ROUTES>
            {move || Route::ALL.into_iter().filter(|route| route.is_offered(companion)).map(link).collect_view()}
            <a href="/classroom" target=target>{page::shell::CLASSROOM}</a>
        </nav>
    }
}
