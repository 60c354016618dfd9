//! The user's own images: folders of classes, a zip archive of them, or MedMNIST's arrays.

use crate::dataset::Dataset;
use crate::file;
use crate::protocol::Problem;

/// The last data that the user gave, if any.
#[derive(Default)]
pub(super) struct OwnData(Option<Dataset>);

impl OwnData {
    /// Reads files that lie one after the other in `bytes`. A single archive is taken apart.
    pub fn read(files: Vec<(String, u64)>, bytes: Vec<u8>) -> Result<Self, Problem> {
        let problem = |error: crate::dataset::Error| Problem::new(error.to_string());
        if let [(name, _)] = files.as_slice() {
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_string();
            let first = match Dataset::from_bytes(stem.clone(), bytes.clone()) {
                Ok(dataset) => return Ok(Self(Some(dataset))),
                Err(error) => error,
            };
            // An archive of folders of classes without splits.
            let Ok(unpacked) = file::unpack(&bytes) else { return Err(problem(first)) };
            return Dataset::of_files(stem, unpacked.files).map(|own| Self(Some(own))).map_err(problem);
        }
        let (mut rest, mut named) = (bytes.as_slice(), Vec::new());
        for (name, size) in files {
            let (own, others) = rest.split_at_checked(size as usize).unwrap_or((rest, &[]));
            named.push((name, own.to_vec()));
            rest = others;
        }
        let root = named.first().and_then(|(name, _)| name.split('/').next()).unwrap_or_default().to_string();
        Dataset::of_files(root, named).map(|own| Self(Some(own))).map_err(problem)
    }

    /// The data.
    pub fn dataset(&self) -> Option<&Dataset> {
        self.0.as_ref()
    }
}
