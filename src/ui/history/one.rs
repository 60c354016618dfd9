//! One case, opened: all that was kept of it.

use super::deleting::Delete;
use super::follow_up::CaseFollow;
use super::listing::{BackToAll, Listing, PatientLink};
use super::taking::ExportCase;
use super::whole::{Measured, WholeCase};
use crate::case::{EarlierCase, VersionedCase};
use crate::messages::{self, page};
use crate::protocol::companion::SavedCase;
use crate::ui::companion::Companion;
use crate::ui::components::Failed;
use crate::ui::task::Task;
use crate::viewing::Annotation;
use leptos::html::H1;
use leptos::prelude::*;

/// The case, while it comes, or why it cannot be had. `listing`: where it may be at hand, and from where it goes once deleted.
#[component]
pub fn OneCase(id: i64, listing: Listing) -> impl IntoView {
    let companion = expect_context::<Companion>();
    let ask = Task::new(move |()| companion.case(id)).with_value(listing.case(id).map(Ok));
    if untrack(|| ask.value()).is_none() {
        ask.start(());
    }
    let deleted = RwSignal::new(false);
    let done = Callback::new(move |id| {
        listing.forget(id);
        deleted.set(true);
    });
    let body = move || match ask.value().filter(|_| !ask.is_pending()) {
        _ if deleted.get() => view! {
            <p role="status">{page::history::deleted(id)}</p>
        }
        .into_any(),
        None => view! { <p class="waiting" role="status">{page::history::LOOKING}</p> }.into_any(),
        Some(Err(why)) => view! { <Failed why again=move || ask.start(())/> }.into_any(),
        Some(Ok(saved)) => view! { <OpenedCase saved/><CaseFollow id/><Delete id done/> }.into_any(),
    };
    view! { <CasePage title=page::history::case_title(id)>{body}</CasePage> }
}

/// The way back to all cases, a title, and what stands below it.
#[component]
pub fn CasePage(title: String, children: Children) -> impl IntoView {
    let heading = NodeRef::<H1>::new();
    // Who works without a mouse, or listens, begins to read here.
    Effect::new(move || {
        if let Some(heading) = heading.get() {
            heading.focus().ok();
        }
    });
    view! {
        <BackToAll/>
        <h1 tabindex="-1" node_ref=heading>{title}</h1>
        {children()}
    }
}

/// All that was kept of a case. `is_in_vault`: whether it lies in this browser, where its note can be changed.
#[component]
pub fn OpenedCase(saved: SavedCase, #[prop(optional)] is_in_vault: bool) -> impl IntoView {
    let SavedCase { saved_at, case, .. } = saved;
    let taken = case.study_date().map(page::history::image_of);
    let patient = case.patient().filter(|_| !is_in_vault);
    let note = (!case.note().is_empty() && !is_in_vault).then(|| {
        view! { <h2>{page::case::NOTE}</h2><p class="quote">{case.note().to_string()}</p> }
    });
    let body = match case {
        VersionedCase::Whole(case) => {
            view! { <WholeCase case=(*case).clone()/>{note}<Measured case=(*case).clone()/><ExportCase case=*case/> }.into_any()
        }
        VersionedCase::Earlier(case) => view! { <Earlier case=*case/>{note} }.into_any(),
    };
    view! {
        <p class="small">
            {taken}{page::history::KEPT}<time datetime=saved_at.clone()>{messages::minute(&saved_at)}</time>
            {if is_in_vault { ". " } else { page::history::IMAGE_NOT_KEPT }}
            {is_in_vault.then_some(page::vault::WHERE_ONE)}
        </p>
        {patient.map(|patient| view! { <p class="small">{page::history::SAME_PATIENT}<PatientLink patient/></p> })}
        {body}
    }
}

/// What an earlier version kept. Nothing is made up for what it did not keep.
#[component]
fn Earlier(case: EarlierCase) -> impl IntoView {
    let EarlierCase { model, model_sha256, image_sha256, overruled, patient, annotations, .. } = case.clone();
    let shapes = drawn(&annotations).map(|shapes| (page::history::DRAWN, shapes));
    let rows = [
        (page::history::MODEL, model),
        (page::history::CARD_FINGERPRINT, model_sha256.to_string()),
        (page::history::FILE_FINGERPRINT, image_sha256.to_string()),
    ];
    let patient = patient.map(|patient| (page::history::PATIENT, patient.to_string()));
    let rows = shapes.into_iter().chain(rows).chain(patient);
    view! {
        <h2 class="kept-answer">{VersionedCase::Earlier(Box::new(case)).line()}</h2>
        <p class="concerns">
            {page::history::EARLIER_VERSION}
        </p>
        {overruled.then(|| view! { <p class="concerns">{page::history::OVERRULED}</p> })}
        <dl>{rows.map(|(name, value)| view! { <dt>{name}</dt><dd class="hash">{value}</dd> }).collect_view()}</dl>
    }
}

/// What was drawn, with its labels; `None` where nothing was.
pub fn drawn(annotations: &[Annotation]) -> Option<String> {
    let shapes: Vec<String> =
        annotations.iter().map(|one| [one.shape.name(), &one.label].join(" ").trim().to_string()).collect();
    (!shapes.is_empty()).then(|| shapes.join(", "))
}
