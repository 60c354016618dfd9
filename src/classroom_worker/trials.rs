//! Trials on one image, as pictures for the page.

use super::{pictures, problem};
use crate::learn::classroom::{self, ClassData, Run, TRIED};
use crate::lesson::Preparation;
use crate::protocol::Problem;
use crate::protocol::classroom::Reply;
use crate::worker_port::post_with;

/// Prepares an image and posts what comes of it.
pub(super) fn prepare(
    data: &ClassData,
    run: Option<&Run>,
    index: usize,
    how: &Preparation,
) -> Result<(), Problem> {
    // A network may have been given the images at a size of its own.
    let data = run.map_or(data, |run| run.data());
    let (prepared, values) = classroom::prepare(data, run, index, how).map_err(problem)?;
    let images = data.part(TRIED);
    let first: Vec<f32> = values.iter().step_by(images.channels().max(1)).copied().collect();
    let parts = [
        pictures::rgba(images, &[index]),
        pictures::of_values(&values, images.channels()),
        bytemuck::cast_slice(&first).to_vec(),
    ];
    post_with(&Reply::ImagePrepared(Box::new(prepared)), parts.into_iter());
    Ok(())
}

/// Changes an image by noise and posts what comes of it.
pub(super) fn disturb(run: &Run, index: usize, size: f32, is_all: bool) -> Result<(), Problem> {
    let (disturbed, [plain, random, against]) =
        classroom::disturb(run, index, size, is_all).map_err(problem)?;
    let channels = run.data().size().1;
    // No change is grey; the largest is black or white.
    let noise = |changed: &[f32]| -> Vec<f32> {
        let most = (size / 100.0).max(1e-6);
        changed.iter().zip(&plain).map(|(value, plain)| 0.5 + (value - plain) / most / 2.0).collect()
    };
    let all = [plain.clone(), noise(&random), random.clone(), noise(&against), against.clone()];
    let pixels = all.iter().flat_map(|values| pictures::of_values(values, channels)).collect();
    post_with(&Reply::Disturbed(Box::new(disturbed)), std::iter::once(pixels));
    Ok(())
}
