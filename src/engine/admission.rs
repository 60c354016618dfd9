//! Whether an engine answers for an image.

use super::{Engine, Error, Guard};
use crate::case::{Admission, Concern, KnownKind};
use crate::imaging::{Image, fit};
use crate::model::{Extractor, Memory};
use crate::prediction::{Distance, Gate};

impl Engine {
    /// What the gate says of an image, in a sentence too, and what may have been done to an image that it does not admit.
    pub(super) fn admit(
        &self,
        gate: &Gate,
        image: &Image,
        guard: Guard,
        memory: &mut Memory,
    ) -> Result<(Admission, String, Option<Concern>), Error> {
        let card = &self.bundle.card;
        let small = fit::glance(image, Extractor::frame().side);
        let distances = gate.judge(&small, memory)?;
        let own = |distances: &[Distance]| {
            distances.iter().find(|kind| kind.model == card.id).map_or(f32::INFINITY, |kind| kind.distance)
        };
        let distance = own(&distances);
        let nearest = distances.first().map_or_else(
            || KnownKind { model: card.id.clone(), words: card.kind.clone(), distance },
            |kind| KnownKind { model: kind.model.into(), words: kind.words.into(), distance: kind.distance },
        );
        let is_other = nearest.model != card.id;
        let admitted = distance <= 1.0 && !is_other;
        let overruled = !admitted && guard == Guard::Overrule;
        let near = |distance: f32| format!("distance {distance:.2}");
        let mut suspicion = None;
        let reason = if admitted {
            format!(
                "Examined as {}: its {} from the images that the model learned from is within 1, the farthest that is accepted.",
                card.kind,
                near(distance)
            )
        } else if is_other && nearest.distance <= 1.0 {
            format!(
                "Refused: this looks like {} ({}), not like {} ({}; up to 1 is accepted). Choose the model {}.",
                nearest.words,
                near(nearest.distance),
                card.kind,
                near(distance),
                nearest.model
            )
        } else {
            let inverted: Vec<f32> = small.iter().map(|value| 1.0 - value).collect();
            let changed = [(Concern::Inverted, inverted), (Concern::Cropped, bordered(&small))];
            for (concern, values) in changed {
                if suspicion.is_none() && own(&gate.judge(&values, memory)?) <= 1.0 {
                    suspicion = Some(concern);
                }
            }
            format!(
                "Refused: this does not look like {}, nor like any other kind of image known here: its distance is {:.1}, and up to 1 is accepted. Check that the right file was chosen.",
                card.kind, distance
            )
        };
        let reason = if overruled { format!("A reader overruled the refusal. {reason}") } else { reason };
        Ok((Admission { distance, nearest, admitted, overruled }, reason, suspicion))
    }
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
