//! Routes of the page and their addresses.

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
}

impl Route {
    const ALL: [Self; 3] = [Self::Clinic, Self::SelfCheck, Self::History];

    /// The route's name in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clinic => page::shell::CLINIC,
            Self::SelfCheck => page::shell::SELF_CHECK,
            Self::History => page::shell::HISTORY,
        }
    }

    /// The route's name in addresses and styles.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Clinic => "clinic",
            Self::SelfCheck => "self-check",
            Self::History => "history",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Clinic => "/",
            Self::SelfCheck => "/self-check",
            Self::History => "/history",
        }
    }

    fn at(path: &str) -> Self {
        Self::ALL.into_iter().find(|route| route.path() == path).unwrap_or(Self::Clinic)
    }

    /// The route that the address names, now and after each step back or forward.
    pub fn follow_address() -> CurrentRoute {
        let here = || window().location().pathname().map_or(Self::Clinic, |path| Self::at(&path));
        let route = CurrentRoute { route: RwSignal::new(here()), case: RwSignal::new(case_in_address()) };
        route.adorn();
        let moved = Closure::<dyn Fn()>::new(move || {
            route.case.set(case_in_address());
            route.route.set(here());
            route.adorn();
        });
        window().set_onpopstate(Some(moved.as_ref().unchecked_ref()));
        // It listens as long as the page lives.
        moved.forget();
        route
    }
}

/// The case that the address names, within the history.
fn case_in_address() -> Option<i64> {
    let search = window().location().search().unwrap_or_default();
    search.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("case=")?.parse().ok())
}

/// The route that is shown, and within the history the case that is open.
#[derive(Clone, Copy, Debug)]
pub struct CurrentRoute {
    route: RwSignal<Route>,
    case: RwSignal<Option<i64>>,
}

impl CurrentRoute {
    /// Which it is.
    pub fn get(self) -> Route {
        self.route.get()
    }

    /// The case of the history that is open; none where all are listed.
    pub fn case(self) -> Option<i64> {
        self.case.get()
    }

    /// The address of a case in the history.
    pub fn case_address(id: i64) -> String {
        format!("{}?case={id}", Route::History.path())
    }

    /// Goes to a route without loading the page anew, which would lose the images; a click with a modifier key opens a
    /// new tab, as everywhere.
    pub fn go(self, route: Route, event: &web_sys::MouseEvent) {
        if is_here(event) {
            self.show(route, None);
        }
    }

    /// Opens a case of the history, in the same way.
    pub fn open_case(self, id: i64, event: &web_sys::MouseEvent) {
        if is_here(event) {
            self.show(Route::History, Some(id));
        }
    }

    /// Shows a route, or a case of the history, under its address.
    pub fn show(self, route: Route, case: Option<i64>) {
        let address = case.map_or_else(|| route.path().to_string(), Self::case_address);
        if let Ok(history) = window().history() {
            // Where the address cannot be changed, the route still can.
            history.push_state_with_url(&JsValue::NULL, "", Some(&address)).ok();
        }
        self.case.set(case);
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
    let link = move |route: Route| {
        let is_here = move || (current.get() == route).then_some("page");
        view! {
            <a href=route.path() aria-current=is_here on:click=move |event| current.go(route, &event)>{route.title()}</a>
        }
    };
    view! { <nav class="routes" aria-label=page::shell::ROUTES>{Route::ALL.map(link)}</nav> }
}
