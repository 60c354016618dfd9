//! Released bundles: looked into at a drawing whose kind they know, or begun at.

use super::refused;
use crate::dataset::gallery::GalleryImage;
use crate::file;
use crate::fingerprint::sha256;
use crate::inference_worker::weights::{Fetched, fetch};
use crate::learn::classroom::Released;
use crate::messages::fault::worker as fault;
use crate::model::{Bundle, Card, Inside, Look, WEIGHTS, Weights};
use crate::protocol::Problem;
use crate::protocol::inference_worker::CardFrom;

/// The bundle's layers, what it makes of the drawing, and its classes.
pub(super) async fn look(drawing: GalleryImage) -> Result<(Inside, Look, Vec<String>), Problem> {
    let model = drawing.bundle().ok_or_else(|| Problem::new(fault::NOTHING_TO_EXPLAIN))?;
    let (card, Released { graph, weights, .. }) = open(model, |_, _| ()).await?;
    let inside = Inside::new(graph, weights).map_err(refused)?;
    let (image, _) = file::image(&drawing.draw()).map_err(|error| Problem::new(error.to_string()))?;
    let look = inside.look(card.input.prepare(&image).values).map_err(refused)?;
    Ok((inside, look, card.classes.into_iter().map(|class| class.label).collect()))
}

/// The bundle of a name, to begin a training at. `progress` is told bytes so far and in all.
pub(super) async fn start(model: &str, progress: impl Fn(u64, u64)) -> Result<Released, Problem> {
    open(model, progress).await.map(|(_, released)| released)
}

/// Checked, as everywhere, before it is used.
async fn open(model: &str, progress: impl Fn(u64, u64)) -> Result<(Card, Released), Problem> {
    let Fetched { files, .. } = fetch(model, CardFrom::Site, progress).await?;
    let weights = files.weights.clone();
    let Bundle { card, .. } = Bundle::open(files).map_err(refused)?;
    let released = Released {
        id: model.into(),
        sha256: sha256(&weights),
        graph: card.graph().map_err(refused)?,
        input: card.input.clone(),
        weights: Weights::from_safetensors(WEIGHTS, &weights).map_err(refused)?.into_owned(),
    };
    Ok((card, released))
}
