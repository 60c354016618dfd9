//! Trials on one image: which, what was asked for, and what came of it.

use super::picture::Bitmap;
use super::room::Room;
use crate::lesson::{Deed, Disturbed, Preparation, Prepared, WHITE};
use crate::protocol::classroom::{Purpose, Request};
use js_sys::{Array, Float32Array, Uint8Array};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// Per cent of the range, at first.
const FIRST_SIZE: f32 = 2.0;

/// An image as it is stored and as it was prepared.
#[derive(Clone, PartialEq)]
pub struct PreparedImage {
    /// What came of it.
    pub facts: Prepared,
    /// As it is stored.
    pub stored: Bitmap,
    /// As it was prepared, before mean and standard deviation are taken out.
    pub prepared: Bitmap,
    /// The same as numbers of the first channel, 0 to 1.
    pub values: Arc<[f32]>,
}

/// How far a question is: not asked, asked, or to be asked again.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    No,
    Once,
    Again,
}

/// Signals; copies share them.
#[derive(Clone, Copy)]
pub struct Trials {
    /// The number of the image, of those that are validated on.
    pub index: RwSignal<usize>,
    /// How it is prepared; `side` 0: as large as it is.
    pub how: RwSignal<Preparation>,
    /// What came of it.
    pub prepared: RwSignal<Option<PreparedImage>>,
    /// The size of the noise, per cent of the range.
    pub size: RwSignal<f32>,
    /// What came of it, and five pictures.
    pub disturbed: RwSignal<Option<(Disturbed, Vec<Bitmap>)>>,
    /// Row and column that are pointed at.
    pub unit: RwSignal<(usize, usize)>,
    /// Whether an answer is awaited.
    pub is_waiting: RwSignal<bool>,
    /// Whether a preparation is awaited.
    preparing: StoredValue<Asked>,
    /// What was tried since the page was opened.
    pub deeds: RwSignal<BTreeSet<Deed>>,
}

/// The usual preparation of images of this many pixels a side.
pub fn usual(side: usize) -> Preparation {
    Preparation { window: (0, WHITE), side, is_normalised: true }
}

impl Trials {
    /// With nothing tried.
    pub fn new() -> Self {
        Self {
            index: RwSignal::new(0),
            how: RwSignal::new(usual(0)),
            prepared: RwSignal::new(None),
            size: RwSignal::new(FIRST_SIZE),
            disturbed: RwSignal::new(None),
            unit: RwSignal::new((0, 0)),
            is_waiting: RwSignal::new(false),
            preparing: StoredValue::new(Asked::No),
            deeds: RwSignal::new(BTreeSet::new()),
        }
    }

    /// Forgets what came of other images or of another network.
    pub fn forget(self) {
        self.prepared.set(None);
        self.disturbed.set(None);
        self.waits_no_more();
    }

    /// What was asked for will not come.
    pub fn waits_no_more(self) {
        self.is_waiting.set(false);
        self.preparing.set_value(Asked::No);
    }

    /// Goes to the next image.
    pub fn next(self, room: Room) {
        let all = self.all(room).max(1);
        self.index.update(|index| *index = (*index + 1) % all);
        self.disturbed.set(None);
    }

    /// How many images there are to try.
    pub fn all(self, room: Room) -> usize {
        room.data.with_untracked(|data| {
            let mut counts = data.iter().flat_map(|data| &data.counts);
            let own = counts.find(|(purpose, _)| *purpose == Purpose::Validation);
            own.map_or(0, |(_, counts)| counts.iter().sum())
        })
    }

    /// Has the image prepared; while an answer is awaited, once it is there: a slider that is drawn asks faster than a network answers.
    pub fn prepare(self, room: Room) {
        if self.preparing.get_value() != Asked::No {
            return self.preparing.set_value(Asked::Again);
        }
        self.preparing.set_value(Asked::Once);
        let mut how = self.how.get_untracked();
        if how.side == 0 {
            how.side = usize::MAX;
        }
        room.send(&Request::PrepareImage { index: self.index.get_untracked(), how });
    }

    /// Has the image changed by noise.
    pub fn disturb(self, room: Room, is_all: bool) {
        self.is_waiting.set(true);
        let (index, size) = (self.index.get_untracked(), self.size.get_untracked());
        room.send(&Request::Disturb { index, size, is_all });
    }

    /// An image was prepared.
    pub fn hear_prepared(self, room: Room, facts: Prepared, parts: &Array) {
        let asked = self.preparing.get_value();
        self.preparing.set_value(Asked::No);
        if asked == Asked::Again {
            self.prepare(room);
        }
        let side = facts.side;
        let bitmap = |at: u32| Bitmap { width: side, height: side, rgba: bytes(&parts.get(at)) };
        let values = Float32Array::new(&parts.get(3)).to_vec().into();
        self.deeds.update(|deeds| deeds.extend(facts.deeds()));
        self.prepared.set(Some(PreparedImage { stored: bitmap(1), prepared: bitmap(2), values, facts }));
    }

    /// An image was changed by noise.
    pub fn hear_disturbed(self, facts: Disturbed, parts: &Array) {
        let side = facts.side;
        let pixels = bytes(&parts.get(1));
        let one = |rgba: &[u8]| Bitmap { width: side, height: side, rgba: rgba.to_vec() };
        let pictures = pixels.chunks((side * side * 4).max(1)).map(one).collect();
        self.deeds.update(|deeds| deeds.extend(facts.deeds()));
        self.is_waiting.set(false);
        // The counts of the same size stay until others are asked for.
        let counts = facts.counts.or_else(|| {
            self.disturbed.with_untracked(|told| {
                told.as_ref().filter(|(told, _)| told.size == facts.size).and_then(|(told, _)| told.counts)
            })
        });
        self.disturbed.set(Some((Disturbed { counts, ..facts }, pictures)));
    }
}

fn bytes(part: &JsValue) -> Vec<u8> {
    Uint8Array::new(part).to_vec()
}
