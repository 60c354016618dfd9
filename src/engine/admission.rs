//! Whether an engine answers for an image.

use super::{Engine, Error, OnReject, Source};
use crate::examination::{Concern, GateDecision, KnownKind, Reason};
use crate::gate::Gate;
use crate::model::Extractor;
use crate::preprocess::quality;
use crate::preprocess::resize::InputSpec;
use crate::scope::{Contradiction, Scope};

/// What the gate says of an image.
pub(super) struct Admission {
    pub admission: GateDecision,
    pub reason: Reason,
    /// What may have been done to an image that no model knows.
    pub suspicion: Option<Concern>,
}

impl Engine {
    /// From the bundle's own kind of image; infinitely far where the gate does not know it.
    pub(super) fn distance(&self, distances: &[KnownKind]) -> f32 {
        let own = distances.iter().find(|kind| kind.model == self.bundle.card.about.id);
        own.map_or(f32::INFINITY, |kind| kind.distance)
    }

    /// The header first, then the picture: a kind that the header contradicts is none that the image can be of.
    pub(super) fn admit(
        &self,
        gate: &Gate,
        source: &Source,
        on_reject: OnReject,
    ) -> Result<Admission, Error> {
        let card = &self.bundle.card;
        let thumbnail = Gate::thumbnail(&source.image);
        let distances = gate.judge(&thumbnail)?;
        let distance = self.distance(&distances);
        let (header, age) = (source.header.as_ref(), source.stated());
        let against = |model: &str| gate.scope(model).and_then(|scope| scope.contradiction(header, age));
        let fitting = distances.iter().find(|kind| kind.is_near() && against(&kind.model).is_none());
        let own = || KnownKind { model: card.about.id.clone(), words: card.about.kind.clone(), distance };
        let nearest = fitting.or(distances.first()).cloned().unwrap_or_else(own);
        let presentation = header.and_then(|header| header.presentation());
        let admitted = presentation.is_none() && fitting.is_some_and(|kind| kind.model == card.about.id);
        let mut suspicion = None;
        let reason = if let Some(presentation) = presentation {
            Reason::Presented { presentation }
        } else if admitted {
            Reason::Known { words: card.about.kind.clone(), distance }
        } else if fitting.is_some() {
            Reason::Elsewhere { nearest: nearest.clone(), own: card.about.kind.clone(), distance }
        } else if let Some((kind, contradiction)) = self.contradiction(gate, &nearest, &against) {
            let is_nobodys = gate.kinds().iter().all(|kind| against(&kind.model).is_some());
            Reason::Header { contradiction, kind, is_nobodys }
        } else {
            suspicion = changed(gate, &thumbnail)?;
            // What the header rules out is no kind that this could be.
            let could_be = distances.iter().find(|kind| against(&kind.model).is_none()).unwrap_or(&nearest);
            Reason::Unknown { nearest: could_be.clone() }
        };
        let overruled = !admitted && on_reject == OnReject::Overrule;
        Ok(Admission {
            admission: GateDecision { distance, nearest, admitted, overruled },
            reason,
            suspicion,
        })
    }

    /// Why a bundle without a gate examines an image: it examines all, also what header or user say is nothing for it.
    pub(super) fn ungated(&self, source: &Source) -> Reason {
        let about = &self.bundle.card.about;
        let header = source.header.as_ref();
        if let Some(presentation) = header.and_then(|header| header.presentation()) {
            return Reason::Presented { presentation };
        }
        match about.scope.contradiction(header, source.stated()) {
            Some(contradiction) => {
                Reason::Header { contradiction, kind: about.kind.clone(), is_nobodys: false }
            }
            None => Reason::Ungated { title: about.title.clone() },
        }
    }

    /// The contradiction between the header and the kind that the image resembles, and that kind in words. If the image resembles no kind
    /// and the header contradicts all of them, the kind that fits the most header elements is named: a film of a hand is refused by the
    /// chest model, not by the cell model.
    fn contradiction(
        &self,
        gate: &Gate,
        nearest: &KnownKind,
        against: &impl Fn(&str) -> Option<Contradiction>,
    ) -> Option<(String, Contradiction)> {
        if nearest.is_near() {
            return Some((nearest.words.clone(), against(&nearest.model)?));
        }
        let own = &self.bundle.card.about;
        let mut furthest = (own.kind.clone(), against(&own.id)?);
        for kind in gate.kinds() {
            let contradiction = against(&kind.model)?;
            if contradiction.depth() > furthest.1.depth() {
                furthest = (kind.words.clone(), contradiction);
            }
        }
        Some(furthest)
    }
}

/// Whether the image would be known if black and white were exchanged, or if it had a border.
fn changed(gate: &Gate, thumbnail: &[f32]) -> Result<Option<Concern>, Error> {
    let inverted: Vec<f32> = thumbnail.iter().map(|value| 1.0 - value).collect();
    for (concern, values) in [(Concern::Inverted, inverted), (Concern::Cropped, bordered(thumbnail))] {
        if gate.judge(&values)?.first().is_some_and(KnownKind::is_near) {
            return Ok(Some(concern));
        }
    }
    Ok(None)
}

/// What the header leaves open that the model depends on.
pub(super) fn header_concerns(source: &Source, scope: &Scope) -> Vec<Concern> {
    let mut concerns = Vec::new();
    if let Some(header) = &source.header {
        let about = scope.missing_fields(header);
        if !about.is_empty() {
            concerns.push(Concern::HeaderSilent { about });
        }
        if header.is_secondary_capture {
            concerns.push(Concern::SecondaryCapture);
        }
    }
    if let (Some(asks), None) = (scope.question(source.header.as_ref()), source.age) {
        concerns.push(Concern::Unconfirmed { asks: asks.to_string() });
    }
    if let (Some(ages), None) = (&scope.ages, source.stated()) {
        concerns.push(Concern::AgeUnknown { ages: ages.clone() });
    }
    concerns
}

/// Concerns about the image quality for this model. Clipping is ignored if there is a header, because the window caused it, not the file.
pub(super) fn image_concerns(source: &Source, spec: &InputSpec) -> Vec<Concern> {
    let mut concerns = quality::concerns(&source.image, spec);
    concerns.retain(|concern| source.header.is_none() || !matches!(concern, Concern::Clipped { .. }));
    concerns
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
    (0..side * side)
        .flat_map(|i| {
            let at = place(i % side).zip(place(i / side));
            let pixel = at.and_then(|(x, y)| values.as_chunks::<3>().0.get(y * side + x));
            pixel.copied().unwrap_or_default()
        })
        .collect()
}
