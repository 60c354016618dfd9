//! A released bundle from inside, at a drawing whose kind it knows.

use super::refused;
use crate::dataset::gallery::GalleryImage;
use crate::file;
use crate::inference_worker::weights::{Fetched, fetch};
use crate::messages::fault::worker as fault;
use crate::model::{Bundle, Inside, Look, WEIGHTS, Weights};
use crate::protocol::Problem;
use crate::protocol::inference_worker::CardFrom;

/// The bundle's layers, what it makes of the drawing, and its classes.
pub(super) async fn look(drawing: GalleryImage) -> Result<(Inside, Look, Vec<String>), Problem> {
    let model = drawing.bundle().ok_or_else(|| Problem::new(fault::NOTHING_TO_EXPLAIN))?;
    let Fetched { files, .. } = fetch(model, CardFrom::Site, |_, _| ()).await?;
    let Bundle { card, .. } = Bundle::open(files.clone()).map_err(refused)?;
    let weights = Weights::from_safetensors(WEIGHTS, &files.weights).map_err(refused)?.into_owned();
    let inside = Inside::new(card.graph().map_err(refused)?, weights).map_err(refused)?;
    let (image, _) = file::image(&drawing.draw()).map_err(|error| Problem::new(error.to_string()))?;
    let look = inside.look(card.input.prepare(&image).values).map_err(refused)?;
    Ok((inside, look, card.classes.into_iter().map(|class| class.label).collect()))
}
