//! `lantern bundle`, and bundles as folders.

use std::path::Path;

pub fn not_a_bundles_folder(file: &Path) -> String {
    format!("{} cannot be read; is it a bundle's folder?", file.display())
}

pub fn no_bundle(folder: &Path) -> String {
    format!("{} is no bundle", folder.display())
}

pub fn neighbour_no_bundle(folder: &Path) -> String {
    format!("{} beside it is no bundle", folder.display())
}

pub fn other_extractor(bundle: &str, models: &Path, folder: &Path) -> String {
    format!(
        "{bundle} was fitted with another extractor than the one of {}; fit it anew: lantern bundle fit {} --data ARCHIVE",
        models.display(),
        folder.display()
    )
}

pub fn refused(folder: &Path) -> String {
    format!("the bundle {} is refused", folder.display())
}

pub fn none(models: &Path) -> String {
    format!("there is no bundle in {}", models.display())
}

/// `index`: that of the folder that the bundle lies in, if it is a folder of models.
pub fn described(card: &Path, index: Option<&Path>) -> String {
    match index {
        Some(index) => format!("wrote {} and {}", card.display(), index.display()),
        None => {
            format!("wrote {}; the folder has no index.json, so no page offers the bundle", card.display())
        }
    }
}

texts! {
    whole(id: &str, version: &str) = "{id} {version}: whole, and it computes its known answers";
}

pub fn fitted(folder: &Path) -> String {
    format!("fitted {}; measure it anew: lantern bundle record {0} --data ARCHIVE", folder.display())
}

pub fn wrote_extractor(path: &Path, bytes: usize) -> String {
    format!("wrote {}: {bytes} bytes", path.display())
}

pub fn wrote_onnx(path: &Path, bytes: usize) -> String {
    format!("wrote {}: {bytes} bytes, values in f32", path.display())
}

texts! {
    IS_IT_A_BUNDLE = "is this a bundle's folder?";
    IS_THE_FOLDER_THERE = "is the folder there, and may it be written to?";
}
