//! Where somebody is in the self-check, and what they said so far. Nothing of it is kept beyond the page.

use crate::about::About;
use crate::preprocess::photo::Fault;
use crate::protocol::inference_worker::{CardFrom, ItemId};
use crate::triage::{Origin, Reply, Sign, Topic};
use crate::ui::item::UserAnswer;
use crate::ui::routes::Route;
use crate::ui::workspace::Workspace;
use crate::ui::{actions, model_choice};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{File, Url};

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// What is to be checked.
    What,
    /// For what the model is, how good it is, and how the picture is made.
    How,
    /// Camera or file.
    Picture,
    /// Whether the picture will do.
    Check,
    /// A question of the checklist.
    Question(Sign),
    /// All signs that count by themselves.
    Signs,
    /// What to do.
    Result,
}

/// A picture, and what its check came to.
#[derive(Clone)]
pub struct Picture {
    /// The file.
    pub file: File,
    /// An address in this page under which the browser shows it.
    pub address: String,
    /// What the check came to.
    pub checked: Checked,
}

/// How far the check of a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Not done.
    Open,
    /// The browser cannot show it.
    NotShown,
    /// Done: what is wrong with it, if anything is.
    Done(Option<Fault>),
}

/// The self-check. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Flow {
    workspace: Workspace,
    /// The screen, counted from 0 along [`Flow::steps`].
    at: RwSignal<usize>,
    /// The farthest screen that was reached.
    reached: RwSignal<usize>,
    /// The bundle that was chosen.
    pub about: RwSignal<Option<About>>,
    /// What was said of age or kind of picture.
    pub fits: RwSignal<UserAnswer>,
    /// Whether a picture is looked at, or the questions alone decide.
    pub has_picture: RwSignal<bool>,
    /// The picture.
    pub picture: RwSignal<Option<Picture>, LocalStorage>,
    /// What was said of each sign.
    pub replies: RwSignal<Vec<(Sign, Reply)>>,
    /// The picture's number among the images of the page, once it is examined.
    pub item: RwSignal<Option<ItemId>>,
}

impl Flow {
    /// At its beginning. It follows the browser's way back.
    pub fn new(workspace: Workspace) -> Self {
        let flow = Self {
            workspace,
            at: RwSignal::new(0),
            reached: RwSignal::new(0),
            about: RwSignal::new(None),
            fits: RwSignal::new(UserAnswer::NotAsked),
            has_picture: RwSignal::new(true),
            picture: RwSignal::new_local(None),
            replies: RwSignal::new(Vec::new()),
            item: RwSignal::new(None),
        };
        let moved = Closure::<dyn Fn()>::new(move || {
            if window().location().pathname().is_ok_and(|path| path == Route::SelfCheck.path()) {
                flow.at.set(step_of_address().min(flow.reached.get_untracked()));
            }
        });
        window().add_event_listener_with_callback("popstate", moved.as_ref().unchecked_ref()).ok();
        // It listens as long as the page lives.
        moved.forget();
        flow
    }

    /// What the chosen bundle's pictures are of.
    pub fn topic(self) -> Topic {
        self.about.with(|about| about.as_ref().map_or(Topic::Other, |about| Topic::of(&about.scope)))
    }

    /// Where the chosen bundle's pictures come from.
    pub fn origin(self) -> Origin {
        self.about.with(|about| about.as_ref().map_or(Origin::Doctor, |about| Origin::of(&about.scope)))
    }

    /// All screens, as far as is known by what was chosen.
    pub fn steps(self) -> Vec<Step> {
        let picture = if self.has_picture.get() { &[Step::Picture, Step::Check][..] } else { &[] };
        let questions = self.topic().checklist().iter().map(|sign| Step::Question(*sign));
        let before = [Step::What, Step::How].into_iter().chain(picture.iter().copied());
        before.chain(questions).chain([Step::Signs, Step::Result]).collect()
    }

    /// The screen.
    pub fn step(self) -> Step {
        self.steps().get(self.at.get()).copied().unwrap_or(Step::What)
    }

    /// The next screen.
    pub fn forward(self) {
        self.go(self.at.get_untracked() + 1);
    }

    /// The screen before.
    pub fn back(self) {
        self.go(self.at.get_untracked().saturating_sub(1));
    }

    /// A screen, under an address of its own.
    fn go(self, at: usize) {
        let at = at.min(untrack(|| self.steps()).len() - 1);
        self.reached.update(|reached| *reached = at.max(*reached));
        let address = match at {
            0 => Route::SelfCheck.path().to_string(),
            at => format!("{}?step={}", Route::SelfCheck.path(), at + 1),
        };
        if let Ok(history) = window().history() {
            // Where the address cannot be changed, the screen still can.
            history.push_state_with_url(&JsValue::NULL, "", Some(&address)).ok();
        }
        self.at.set(at);
    }

    /// Chooses a bundle, and has it come; what was said about another one is given up, a picture is not.
    pub fn choose(self, about: About) {
        let workspace = self.workspace;
        if self.about.with_untracked(|before| before.as_ref().map(|before| &before.id) != Some(&about.id)) {
            self.replies.set(Vec::new());
            self.fits.set(UserAnswer::NotAsked);
            self.forget_answer();
            self.has_picture.set(true);
            self.reached.set(1);
            if workspace.choice.loaded.get_untracked().as_ref() != Some(&about.id) {
                model_choice::load(workspace, &about.id, CardFrom::Site);
            }
            self.about.set(Some(about));
        }
        self.go(1);
    }

    /// Takes a picture in the place of the one before.
    pub fn take(self, file: File) {
        self.forget_picture();
        let address = Url::create_object_url_with_blob(&file).unwrap_or_default();
        self.picture.set(Some(Picture { file, address, checked: Checked::Open }));
        // What follows is about this picture: no way leads there past its check.
        self.reached.set(self.at.get_untracked());
    }

    /// Takes a picture that was dropped or pasted, where one is wanted.
    pub fn dropped(self, files: &[File]) {
        if let Some(file) = files.first().filter(|_| untrack(|| self.step()) == Step::Picture) {
            self.take(file.clone());
            self.forward();
        }
    }

    /// Takes the picture off the page's images, with what was found.
    fn forget_answer(self) {
        if let Some(id) = self.item.try_update(Option::take).flatten() {
            actions::remove(self.workspace, id);
        }
    }

    fn forget_picture(self) {
        self.forget_answer();
        if let Some(before) = self.picture.try_update(Option::take).flatten() {
            Url::revoke_object_url(&before.address).ok();
        }
    }

    /// What was said of a sign.
    pub fn reply(self, sign: Sign) -> Option<Reply> {
        self.replies.with(|all| all.iter().find(|(of, _)| *of == sign).map(|(_, reply)| *reply))
    }

    /// Notes what is said of a sign.
    pub fn say(self, sign: Sign, reply: Reply) {
        self.replies.update(|all| {
            all.retain(|(of, _)| *of != sign);
            all.push((sign, reply));
        });
    }

    /// Begins anew and keeps nothing.
    pub fn start_again(self) {
        self.forget_picture();
        self.about.set(None);
        self.replies.set(Vec::new());
        self.fits.set(UserAnswer::NotAsked);
        self.has_picture.set(true);
        self.reached.set(0);
        self.go(0);
    }
}

/// The screen that the address names, from 0.
fn step_of_address() -> usize {
    let search = window().location().search().unwrap_or_default();
    let named =
        search.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("step=")?.parse().ok());
    named.map_or(0, |step: usize| step.saturating_sub(1))
}
