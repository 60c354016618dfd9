//! Keeps a case in the companion: words and fingerprints, never the image.

use crate::examination::Examination;
use crate::protocol::companion::{NOTE_LIMIT, NewCase};
use crate::ui::desk::Desk;
use crate::ui::job::Job;
use crate::ui::net;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, PartialEq)]
enum Saving {
    Not,
    Under,
    Done(i64),
    Failed(String),
}

/// A note and a button.
#[component]
pub fn SaveCase(job: Job, examination: Examination) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let note = job.note;
    let saving = RwSignal::new(Saving::Not);
    let save = move |_| {
        let Some(case) = case(desk, &job, &examination, note.get_untracked()) else { return };
        saving.set(Saving::Under);
        spawn_local(async move {
            saving.set(match net::save_case(&case).await {
                Ok(saved) => Saving::Done(saved.id),
                Err(why) => Saving::Failed(why),
            });
        });
    };
    let said = move || {
        match saving.get() {
        Saving::Not => "Kept are the finding, your note, what you measured, and fingerprints of image, model and patient. The image is not kept.".to_string(),
        Saving::Under => "Saving".into(),
        Saving::Done(id) => format!("Saved as case {id}. You find it under History."),
        Saving::Failed(why) => format!("Not saved. {why}"),
    }
    };
    let is_closed = move || matches!(saving.get(), Saving::Under | Saving::Done(_));
    view! {
        <h3>"Keep this case"</h3>
        <label class="note">
            "Note"
            <textarea data-testid="note" rows="2" maxlength=NOTE_LIMIT.to_string() prop:value=move || note.get()
                disabled=is_closed on:input=move |event| note.set(event_target_value(&event))></textarea>
        </label>
        <button type="button" data-testid="save-case" disabled=is_closed on:click=save>"Save to history"</button>
        <p class="small" role="status" data-testid="saved" data-done=move || matches!(saving.get(), Saving::Done(_)).to_string()>{said}</p>
    }
}

fn case(desk: Desk, job: &Job, examination: &Examination, note: String) -> Option<NewCase> {
    // As it is judged on the screen, at the threshold of the reader's choice.
    let answer =
        untrack(|| examination.answer.as_ref().map(|answer| desk.judged(&examination.model.id, answer)))?;
    Some(NewCase {
        finding: answer.operating_point.label.clone(),
        probability: answer.probability,
        verdict: answer.verdict,
        threshold: answer.operating_point.threshold,
        model: examination.model.id.clone(),
        model_sha256: examination.model.sha256.clone(),
        image_sha256: examination.image_sha256.clone(),
        overruled: examination.admission.as_ref().is_some_and(|admission| admission.overruled),
        note,
        patient: job.patient.get_untracked(),
        study_date: job.dicom.as_ref().map(|facts| facts.study_date.clone()).filter(|date| !date.is_empty()),
        annotations: job.annotations.get_untracked(),
    })
}
