//! Says what became of the image that is looked at to those who do not see it change: in the page's heading, in the window's title, and
//! by moving the focus to the finding where it would otherwise be lost.

use crate::messages::{self, Audience};
use crate::protocol::worker::JobId;
use crate::ui::desk::Desk;
use crate::ui::job::{Job, JobState};
use crate::ui::rooms::CurrentRoom;
use crate::ui::words;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

/// What the window is called where no image is looked at.
const NAME: &str = "Lantern";

/// The heading of the desk. It is not drawn: the image and the finding say the same.
#[component]
pub fn Announce() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let room = expect_context::<CurrentRoom>();
    let line = Memo::new(move |_| match desk.current() {
        Some(job) => {
            let outcome = outcome(desk, &job, words::audience(room.get()));
            format!("{outcome}: {}", place(desk, job.id))
        }
        None => "No image is chosen".into(),
    });
    // A file's name may be a patient's, and browsers keep titles: images are told by their place.
    Effect::new(move || document().set_title(&format!("{} · {NAME}", line.get())));
    on_cleanup(|| document().set_title(NAME));
    follow_the_finding(desk);
    view! { <h1 class="unseen" data-testid="announced">{line}</h1> }
}

/// Which image it is, as people count.
fn place(desk: Desk, id: JobId) -> String {
    let (place, count) = desk.jobs.with(|jobs| (jobs.iter().position(|job| job.id == id), jobs.len()));
    format!("image {} of {count}", place.map_or(0, |place| place + 1))
}

/// What an image has come to, in one line; of a series, its highest frame.
fn outcome(desk: Desk, job: &Job, audience: Audience) -> String {
    if job.asks_age().is_some() {
        return "How old is the patient?".into();
    }
    match job.state.get() {
        JobState::Waiting => "Waiting".into(),
        JobState::Working(_) => "Being examined".into(),
        JobState::Cancelled => "Stopped".into(),
        JobState::Failed(_) => "Could not be examined".into(),
        JobState::Examined(_) if job.asks_age().is_some() => "How old is the patient?".into(),
        JobState::Examined(first) => {
            let examination = &job.highest().unwrap_or(first).examination;
            let judged = |answer| messages::heading(&desk.judged(&examination.model.id, answer), audience);
            examination.answer.as_ref().map_or_else(|| "No answer".into(), judged)
        }
    }
}

/// When the examination of the image that is looked at ends, the focus goes to the finding: only where it is nowhere, as after a press
/// on a button that is gone, or in the panel that is drawn anew. Who types, or is busy elsewhere, is not disturbed.
fn follow_the_finding(desk: Desk) {
    let state = move || {
        let job = desk.current()?;
        Some((job.id, job.state.with(|state| !matches!(state, JobState::Waiting | JobState::Working(_)))))
    };
    Effect::new(move |before: Option<Option<(JobId, bool)>>| {
        let now = state();
        if let (Some(Some((id, false))), Some((same, true))) = (before, now)
            && id == same
        {
            // The panel is drawn first.
            request_animation_frame(focus_finding);
        }
        now
    });
}

fn focus_finding() {
    let is_free = document().active_element().is_none_or(|active| {
        let is_typed_in = active.matches("input, textarea, select").unwrap_or(false);
        active.tag_name() == "BODY"
            || !is_typed_in && active.closest(".findings").is_ok_and(|it| it.is_some())
    });
    let heading = document().query_selector(".findings h2").ok().flatten();
    let heading = heading.and_then(|heading: Element| heading.dyn_into::<HtmlElement>().ok());
    if let Some(heading) = heading.filter(|_| is_free) {
        heading.set_tab_index(-1);
        let options = FocusOptions::new();
        // On a phone the image would jump out of sight.
        options.set_prevent_scroll(true);
        heading.focus_with_options(&options).ok();
    }
}
