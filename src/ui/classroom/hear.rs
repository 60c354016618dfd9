//! What the worker says, put where the page shows it.

use super::export;
use super::records::{LayerValues, Looked, Phase, Pictures, Told};
use super::room::Room;
use crate::messages::page::{classroom as words, fault};
use crate::protocol::classroom::{Place, Reply, Request};
use crate::ui::worker_client::Event;
use js_sys::{Array, ArrayBuffer, Float32Array, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// Workers that are started in place of one that failed.
const MOST_FAULTS: u32 = 3;

/// Acts on what the worker does.
pub fn hear(room: Room, event: Event<Reply>) {
    match event {
        Event::Awake => {}
        Event::Reply(reply, parts) => act(room, reply, &parts),
        Event::Stale => fail(room, fault::TWO_VERSIONS.into()),
        // A worker that keeps failing is not started for ever.
        Event::Crashed | Event::TimedOut => {
            room.faults.update(|faults| *faults += 1);
            fail(room, words::STOPPED.into());
            room.forget_run();
            if room.faults.get_untracked() < MOST_FAULTS {
                room.start_worker();
                room.problem.set(Some(words::STOPPED.into()));
            }
        }
    }
}

fn fail(room: Room, why: String) {
    room.preparing.set(None);
    room.comparing.set(None);
    room.is_fetching.set(false);
    room.trials.waits_no_more();
    room.fetching.set(None);
    if room.phase.get_untracked() == Phase::Running {
        room.phase.set(Phase::Idle);
    }
    room.problem.set(Some(why));
}

fn act(room: Room, reply: Reply, parts: &Array) {
    match reply {
        Reply::Preparing { done, of } => room.preparing.set(Some((done, of))),
        Reply::Prepared(facts) => {
            room.preparing.set(None);
            room.data.set(Some(*facts));
            room.ask_samples();
        }
        Reply::Pictures { purpose, indices, place, side } => {
            let Some(pixels) = buffer(parts, 1) else { return };
            let pixels = Uint8Array::new(&pixels).to_vec().into();
            let pictures = Pictures { purpose, indices, side, pixels };
            match place {
                Place::Samples => room.samples.set(Some(pictures)),
                Place::Cell => room.cell.update(|cell| {
                    if let Some((_, _, shown)) = cell {
                        *shown = Some(pictures);
                    }
                }),
            }
        }
        Reply::Fetching { done, of } => room.fetching.set(Some((done, of))),
        Reply::Stepped { scores, rate } => {
            room.fetching.set(None);
            room.live.set(Some((scores, rate)));
        }
        Reply::Epoch { scores, seconds } => room.update_run(|run| {
            run.epochs.push(scores);
            run.seconds = seconds;
        }),
        Reply::Paused => {
            if room.phase.get_untracked() == Phase::Running {
                room.phase.set(Phase::Paused);
            }
        }
        Reply::Finished => {
            room.update_run(|run| run.is_finished = true);
            room.phase.set(Phase::Finished);
        }
        Reply::Tested { test, elsewhere, membership } => {
            let told = Told { test: *test, elsewhere: elsewhere.map(|answers| *answers), membership };
            room.update_run(|run| run.test = Some(Box::new(told)));
            room.phase.set(Phase::Tested);
        }
        Reply::Layers { image, layers, classes, logits, probabilities } => {
            room.is_fetching.set(false);
            let rows = classes.into_iter().zip(logits).zip(probabilities);
            let classes = rows.map(|((name, logit), probability)| (name, logit, probability)).collect();
            room.values.update(std::collections::BTreeMap::clear);
            room.spelled.set(None);
            let last = layers.len().saturating_sub(1);
            room.layer.update(|(layer, channel)| {
                if *layer > last {
                    (*layer, *channel) = (1, 0);
                }
            });
            let layer = room.layer.get_untracked().0;
            room.looked.set(Some(Looked { image, layers, classes }));
            for value in [0, layer] {
                room.send(&Request::Values { value });
            }
        }
        Reply::Values { value } => {
            let floats =
                |at: u32| buffer(parts, at).map_or_else(Vec::new, |bytes| Float32Array::new(&bytes).to_vec());
            let numbers = floats(1);
            let range = numbers.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
            let values = LayerValues { values: numbers.into(), range, filters: floats(2).into() };
            room.values.update(|all| {
                all.insert(value, values);
            });
        }
        Reply::Spelled { spelled } => {
            if spelled.is_some() {
                room.seen.update(|(_, spelled)| *spelled = true);
            }
            room.spelled.set(Some(spelled.map(|spelled| *spelled)));
        }
        Reply::ImagePrepared(facts) => room.trials.hear_prepared(room, *facts, parts),
        Reply::Disturbed(facts) => room.trials.hear_disturbed(*facts, parts),
        Reply::Comparing { done, of, method, share } => {
            room.comparing.set(Some((done as f32 + share, of, method)));
        }
        Reply::Compared { comparison, pairs } => {
            room.comparing.set(None);
            room.compared.set(Some((*comparison, pairs)));
            room.comparisons.update(|done| *done += 1);
        }
        Reply::PicturesAt { side } => {
            let Some(pixels) = buffer(parts, 1) else { return };
            let pixels = Uint8Array::new(&pixels).to_vec().into();
            room.compared_cell.update(|cell| {
                if let Some((_, _, shown)) = cell {
                    *shown = Some((side, pixels));
                }
            });
        }
        Reply::Archive => export::save_archive(room, "lantern-images.zip", buffer(parts, 1)),
        Reply::Bundle => export::save_archive(room, "lantern-classroom.zip", buffer(parts, 1)),
        Reply::Failed { problem } => fail(room, problem.message),
        Reply::Stale => fail(room, fault::TWO_VERSIONS.into()),
    }
}

fn buffer(parts: &Array, at: u32) -> Option<ArrayBuffer> {
    parts.get(at).dyn_into().ok()
}
