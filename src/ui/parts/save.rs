//! Keeps a case in the companion: words and fingerprints, never the image.

use crate::case::{Case, NOTE_LIMIT, is_date};
use crate::ui::desk::Desk;
use crate::ui::job::{Job, Shown};
use crate::ui::kept::KeptBefore;
use crate::ui::rooms::CurrentRoom;
use crate::ui::{net, report};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

#[derive(Clone, PartialEq)]
enum Saving {
    Not,
    Under,
    Failed(String),
}

/// A note and a button.
#[component]
pub fn SaveCase(job: Job, shown: Rc<Shown>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let before = expect_context::<KeptBefore>();
    let saving = RwSignal::new(Saving::Not);
    let note = job.note;
    let is_changed = {
        let job = job.clone();
        Memo::new(move |_| job.has_unsaved_work())
    };
    // Another frame, model or threshold is another answer, and can be kept too.
    let case = {
        let (job, examination) = (job.clone(), shown.examination.clone());
        Memo::new(move |_| job.case_of(&report::reading(desk, &examination).examination))
    };
    let save = move |_| {
        saving.set(Saving::Under);
        let (job, shown) = (job.clone(), shown.clone());
        spawn_local(async move {
            let kept = keep(desk, &job, &shown, before).await;
            saving.try_set(kept.map_or_else(Saving::Failed, |()| Saving::Not));
        });
    };
    let is_done = move || case.get().is_some() && !is_changed.get();
    let is_closed = move || saving.get() == Saving::Under || is_done();
    let said = move || {
        match (saving.get(), case.get()) {
        (Saving::Under, _) => "Saving".into_any(),
        (Saving::Failed(why), _) => format!("Not saved. {why}").into_any(),
        (Saving::Not, Some(id)) => view! { <Done id is_changed/> }.into_any(),
        (Saving::Not, None) => "Kept are the answer with its evidence, your note, what you measured, and fingerprints of image, model and patient. The image and its name are not kept.".into_any(),
    }
    };
    view! {
        <h3>"Keep this case"</h3>
        <label class="note">
            "Note"
            <textarea data-testid="note" rows="2" maxlength=NOTE_LIMIT.to_string() prop:value=move || note.get()
                on:input=move |event| note.set(event_target_value(&event))></textarea>
        </label>
        <button type="button" data-testid="save-case" disabled=is_closed on:click=save>"Save to history"</button>
        <p class="small" role="status" data-testid="saved" data-done=move || is_done().to_string()>{said}</p>
    }
}

/// Where the case is, and whether something was changed since.
#[component]
fn Done(id: i64, is_changed: Memo<bool>) -> impl IntoView {
    let room = expect_context::<CurrentRoom>();
    let changed = move || {
        is_changed
            .get()
            .then_some(" What you changed since is not kept; saved again, it becomes a case of its own.")
    };
    view! {
        "Saved as "<a href=CurrentRoom::case_address(id) on:click=move |event| room.open_case(id, &event)>{format!("case {id}")}</a>"."
        {changed}
    }
}

/// Keeps the case as it is judged on the screen, and notes what of the reader's work is kept by that.
async fn keep(desk: Desk, job: &Job, shown: &Shown, before: KeptBefore) -> Result<(), String> {
    let case = case(desk, job, shown).await;
    let judged = case.reading.examination.clone();
    let case = case.discreet();
    case.check()?;
    let saved = net::save_case(&case).await?;
    before.add(&saved);
    job.saved.update(|work| {
        work.case = Some((saved.id, judged));
        work.note = case.note;
        work.annotations = case.annotations;
        work.is_looked_up = true;
    });
    Ok(())
}

async fn case(desk: Desk, job: &Job, shown: &Shown) -> Case {
    let annotations = job.annotations.get_untracked();
    let measurements = report::measure_all(job, &annotations).await;
    let study_date = job.dicom.as_ref().map(|facts| facts.study_date.clone());
    Case {
        reading: untrack(|| report::reading(desk, &shown.examination)),
        program: format!("Lantern {}", env!("CARGO_PKG_VERSION")),
        frame: shown.frame,
        frames: job.frames.get_untracked().max(shown.frame + 1),
        annotations,
        measurements,
        note: job.note.get_untracked(),
        patient: job.patient.get_untracked().and_then(|key| key.parse().ok()),
        study_date: study_date.filter(|date| is_date(date)),
    }
}
