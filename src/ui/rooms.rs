//! The rooms of the page, each with its address.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// A room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Numbers, dark.
    Clinic,
    /// The same in plainer words.
    SelfCheck,
    /// The cases that were kept.
    History,
}

impl Room {
    const ALL: [Self; 3] = [Self::Clinic, Self::SelfCheck, Self::History];

    /// The room's name in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clinic => "Clinic",
            Self::SelfCheck => "Self-check",
            Self::History => "History",
        }
    }

    /// The room's name in addresses and styles.
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
        Self::ALL.into_iter().find(|room| room.path() == path).unwrap_or(Self::Clinic)
    }

    /// The room that the address names, now and after each step back or forward.
    pub fn follow_address() -> CurrentRoom {
        let here = || window().location().pathname().map_or(Self::Clinic, |path| Self::at(&path));
        let room = CurrentRoom(RwSignal::new(here()));
        room.adorn();
        let moved = Closure::<dyn Fn()>::new(move || {
            room.0.set(here());
            room.adorn();
        });
        window().set_onpopstate(Some(moved.as_ref().unchecked_ref()));
        // It listens as long as the page lives.
        moved.forget();
        room
    }
}

/// The room that is shown.
#[derive(Clone, Copy, Debug)]
pub struct CurrentRoom(RwSignal<Room>);

impl CurrentRoom {
    /// Which it is.
    pub fn get(self) -> Room {
        self.0.get()
    }

    /// Goes to a room without loading the page anew, which would lose the images; a click with a modifier key opens a
    /// new tab, as everywhere.
    pub fn go(self, room: Room, event: &web_sys::MouseEvent) {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        if let Ok(history) = window().history() {
            // Where the address cannot be changed, the room still can.
            history.push_state_with_url(&JsValue::NULL, "", Some(room.path())).ok();
        }
        self.0.set(room);
        self.adorn();
    }

    /// The room's name on the document, for its default theme.
    fn adorn(self) {
        if let Some(root) = document().document_element() {
            root.set_attribute("data-room", self.0.get_untracked().slug()).ok();
        }
    }
}

/// Links to all rooms.
#[component]
pub fn RoomLinks() -> impl IntoView {
    let current = expect_context::<CurrentRoom>();
    let link = move |room: Room| {
        let is_here = move || (current.get() == room).then_some("page");
        view! {
            <a href=room.path() aria-current=is_here on:click=move |event| current.go(room, &event)>{room.title()}</a>
        }
    };
    view! { <nav class="rooms" aria-label="Rooms">{Room::ALL.map(link)}</nav> }
}
