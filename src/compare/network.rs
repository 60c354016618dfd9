//! The networks of a comparison: trained by [`learn`], or a released bundle that examines.

use super::images::Images;
use super::method::Network;
use super::{Error, recipe};
use crate::classic::Watch;
use crate::engine::{Engine, OnReject, Source};
use crate::imaging::Image;
use crate::learn::{self, Backend, Session};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What only networks need; a comparison without them leaves it empty.
#[derive(Clone, Copy, Default)]
pub struct Extra<'a> {
    /// Weights for `network/fine-tuned` to begin from.
    pub start: Option<Start<'a>>,
    /// The bundle of `network/bundle`.
    pub bundle: Option<ReleasedBundle<'a>>,
}

/// Weights of EfficientNet-Lite0 that were learned elsewhere.
#[derive(Clone, Copy)]
pub struct Start<'a> {
    /// A safetensors file: `pretrained/medical-start`, or ImageNet's.
    pub weights: &'a [u8],
    /// Mean and standard deviation that the images of its training were normalised with, 0 to 1.
    pub normalised: (f32, f32),
}

/// A bundle with the test images as they are: it fits them to its own size.
#[derive(Clone, Copy)]
pub struct ReleasedBundle<'a> {
    /// The bundle, ready to examine.
    pub engine: &'a Engine,
    /// The decoded image at a path of the data set.
    pub open: &'a (dyn Fn(&str) -> Option<Image> + Sync),
}

/// A network that learned from the images at `rows`; `watch` is asked between epochs.
pub(super) struct Learned(Session);

impl Learned {
    pub fn fit(
        network: Network,
        images: &Images,
        rows: &[usize],
        seed: u64,
        extra: &Extra,
        watch: Watch,
    ) -> Result<Self, Error> {
        let start = match network {
            Network::FineTuned => Some(extra.start.ok_or_else(|| lacks(network))?),
            _ => None,
        };
        let recipe = recipe::recipe(images, rows.len(), seed, start.as_ref());
        let epochs = recipe.training.epochs as f32;
        let dataset = images.dataset(rows)?;
        let mut session = Session::new(recipe, &dataset, start.map(|start| start.weights), &|_| ())?;
        let mut backend = Backend::default();
        while !session.is_finished() {
            watch(session.epoch() as f32 / epochs)?;
            session.run_epoch(&mut backend, |_, _| ())?;
        }
        Ok(Self(session))
    }

    pub fn probabilities(&self, images: &Images) -> Result<Vec<Vec<f32>>, Error> {
        let squares = &images.test.squares;
        let unit = |at: usize| squares.get(at).values.iter().map(|v| f32::from(*v) / 255.0).collect();
        Ok(self.0.predict(&(0..squares.len()).map(unit).collect::<Vec<Vec<f32>>>())?)
    }

    pub fn bytes(&self) -> Result<usize, Error> {
        Ok(self.0.weight_count()? * 4)
    }
}

/// What a bundle answers to each test image, by its names of the classes; `None` where it refuses.
pub(super) fn examined(images: &Images, extra: &Extra, watch: Watch) -> Result<Vec<Option<Vec<f32>>>, Error> {
    let bundle = extra.bundle.ok_or_else(|| lacks(Network::Bundle))?;
    let card = bundle.engine.card();
    let label_of: BTreeMap<&str, &str> =
        card.classes.iter().map(|class| (&*class.name, &*class.label)).collect();
    let labels = images.classes.iter().map(|class| label_of.get(&**class).copied());
    let labels = labels.collect::<Option<Vec<&str>>>();
    let Some(labels) = labels.filter(|labels| labels.len() == card.classes.len()) else {
        return Err(Error::Lacks(format!("network/bundle {}", card.about.id)));
    };
    let one = |path: &String| -> Result<Option<Vec<f32>>, Error> {
        let Some(image) = (bundle.open)(path) else { return Ok(None) };
        let facts = image.facts();
        let source =
            Source { image, facts, sha256: String::new(), header: None, concerns: Vec::new(), age: None };
        let answer = bundle.engine.examine(source, OnReject::Overrule, |_| ())?.examination.answer;
        let Some(answer) = answer else { return Ok(None) };
        let of = |label: &&str| {
            let found = answer.findings.iter().find(|finding| finding.label == **label);
            found.map_or(0.0, |finding| finding.probability.get())
        };
        Ok(Some(labels.iter().map(of).collect()))
    };
    let mut all = Vec::with_capacity(images.test.len());
    for some in images.test.paths.chunks(64) {
        watch(all.len() as f32 / images.test.len() as f32)?;
        all.extend(some.par_iter().map(one).collect::<Result<Vec<_>, Error>>()?);
    }
    Ok(all)
}

/// Bytes of a bundle's weights, in half precision as it keeps them.
pub(super) fn bundle_bytes(extra: &Extra) -> Result<usize, Error> {
    let card = extra.bundle.ok_or_else(|| lacks(Network::Bundle))?.engine.card();
    let (channels, side) = (card.input.spec.channels as usize, card.input.spec.side as usize);
    let graph = card.architecture.graph(channels, side, card.classes.len());
    Ok(graph.and_then(|graph| graph.weight_count()).map_err(learn::Error::from)? * 2)
}

fn lacks(network: Network) -> Error {
    Error::Lacks(super::Method::Network(network).to_string())
}
