//! Whether an engine answers for an image.

use super::{Engine, Error, Guard};
use crate::examination::{Admission, Concern, KnownKind};
use crate::imaging::Image;
use crate::model::{Extractor, Memory};
use crate::prediction::Gate;

impl Engine {
    /// From the bundle's own kind of image; infinitely far where the gate does not know it.
    pub(super) fn distance(&self, distances: &[KnownKind]) -> f32 {
        let own = distances.iter().find(|kind| kind.model == self.bundle.card.id);
        own.map_or(f32::INFINITY, |kind| kind.distance)
    }

    /// What the gate says of an image, in a sentence too, and what may have been done to an image that it does not admit.
    pub(super) fn admit(
        &self,
        gate: &Gate,
        image: &Image,
        guard: Guard,
        memory: &mut Memory,
    ) -> Result<(Admission, String, Option<Concern>), Error> {
        let card = &self.bundle.card;
        let small = Gate::glance(image);
        let distances = gate.judge(&small, memory)?;
        let distance = self.distance(&distances);
        let own = || KnownKind { model: card.id.clone(), words: card.kind.clone(), distance };
        let nearest = distances.into_iter().next().unwrap_or_else(own);
        let admitted = nearest.is_near() && nearest.model == card.id;
        let overruled = !admitted && guard == Guard::Overrule;
        let mut suspicion = None;
        let reason = if admitted {
            format!(
                "Examined as {}: its distance from the images that the model learned from is {distance:.2}; up to 1 is accepted.",
                card.kind
            )
        } else if nearest.is_near() {
            format!(
                "Refused: this is nearer to {} (distance {:.2}) than to {} ({}). Choose the model {}.",
                nearest.words,
                nearest.distance,
                card.kind,
                beyond(distance),
                nearest.model
            )
        } else {
            let inverted: Vec<f32> = small.iter().map(|value| 1.0 - value).collect();
            let changed = [(Concern::Inverted, inverted), (Concern::Cropped, bordered(&small))];
            for (concern, values) in changed {
                let is_known = gate.judge(&values, memory)?.first().is_some_and(KnownKind::is_near);
                if suspicion.is_none() && is_known {
                    suspicion = Some(concern);
                }
            }
            format!(
                "Refused: this looks like nothing that is known here. It is nearest to {}, at a distance of {}; up to 1 is accepted. Check that the right file was chosen.",
                nearest.words,
                beyond(nearest.distance)
            )
        };
        let reason = if overruled { format!("A reader overruled the refusal. {reason}") } else { reason };
        Ok((Admission { distance, nearest, admitted, overruled }, reason, suspicion))
    }
}

/// A distance in words; rounded up, because one just above 1 is not 1.
fn beyond(distance: f32) -> String {
    format!("{:.2}", (distance * 100.0).ceil() / 100.0)
}

/// Share of the side that an image takes in a border, when it is asked whether it was cut too tight.
const BORDERED: f32 = 0.8;

/// The image, smaller, in a black border. `values`: in the extractor's frame.
fn bordered(values: &[f32]) -> Vec<f32> {
    let side = Extractor::frame().side as usize;
    let place = |p: usize| {
        let inner = (p as f32 + 0.5 - side as f32 / 2.0) / BORDERED + side as f32 / 2.0;
        (0.0..side as f32).contains(&inner).then_some(inner as usize)
    };
    let of = |plane: &[f32]| -> Vec<f32> {
        (0..side * side)
            .map(|i| {
                let at = place(i % side).zip(place(i / side));
                at.and_then(|(x, y)| plane.get(y * side + x)).copied().unwrap_or_default()
            })
            .collect()
    };
    values.chunks(side * side).flat_map(of).collect()
}
