//! Families of method on the images of the class, by the same function as `lantern compare`.

use crate::compare::{
    self, CURVES, Extra, Family, Figure, Images, Method, Network as Net, Progress, Settings, Watch, compare,
};
use crate::dataset::Dataset;
use crate::file;
use crate::preprocess::resize::{InputSpec, ResizeMode, resize};
use crate::protocol::Problem;
use crate::protocol::classroom::Reply;
use crate::worker_port::{now, post};

/// The column by which patients are kept apart, where there is one.
const PATIENT: &str = "patient";
/// The largest difference of AUCs that counts as negligible, as on the command line.
const NEGLIGIBLE: f64 = 0.01;

/// Compares and posts what comes of it.
pub(super) fn run(
    dataset: &Dataset,
    side: usize,
    (families, has_curves): (&[Family], bool),
    seed: u64,
) -> Result<(), Problem> {
    let images = Images::read(dataset, &[PATIENT.into()], side, seed, &|_| ()).map_err(problem)?;
    let methods = families.iter().flat_map(|family| family.methods()).filter(|method| is_at_hand(*method));
    let curves = if has_curves { CURVES.to_vec() } else { Vec::new() };
    let settings = Settings { methods: methods.collect(), seed, curves };
    let told = |progress: Progress| {
        let method = progress.method.map(|method| method.to_string()).unwrap_or_default();
        post(&Reply::Comparing { done: progress.done, of: progress.all, method, share: progress.share });
        true
    };
    let watch = Watch { clock: &|| now() / 1000.0, progress: &told };
    let comparison = compare(&images, &settings, &Extra::default(), &watch).map_err(problem)?;
    let pairs = comparison.pairs(Figure::Auc, NEGLIGIBLE);
    post(&Reply::Compared { comparison: Box::new(comparison), pairs });
    Ok(())
}

/// Weights that were learned elsewhere are not in the classroom.
fn is_at_hand(method: Method) -> bool {
    !matches!(method, Method::Network(Net::FineTuned | Net::Bundle))
}

/// RGBA of images by their paths, `side` pixels square, one after the other; black where one cannot be had.
pub(super) fn pictures(dataset: &Dataset, paths: &[String], side: usize) -> Vec<u8> {
    let spec = InputSpec { side: side as u32, channels: 3, resize: ResizeMode::Squash };
    let picture = |path: &String| -> Vec<u8> {
        let sample = dataset.samples.iter().find(|sample| sample.path == *path);
        let image = sample.and_then(|sample| file::image(&dataset.bytes(sample).ok()?).ok());
        let values = image.map(|(image, _)| resize(&image, &spec).values);
        let values = values.unwrap_or_else(|| vec![0.0; side * side * 3]);
        let byte = |value: &f32| (value * 255.0).round() as u8;
        values.chunks(3).flat_map(|pixel| pixel.iter().map(byte).chain([255])).collect()
    };
    paths.iter().flat_map(picture).collect()
}

fn problem(error: compare::Error) -> Problem {
    Problem::new(error.to_string())
}
