//! Everything that a training needs to go on after it was cut off, as one safetensors file.

use super::Error;
use super::recipe::Recipe;
use crate::messages::fault::learn as fault;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The state after a whole epoch.
#[derive(Debug)]
pub struct Checkpoint {
    /// Numbers and the recipe.
    pub progress: Progress,
    /// `weights.*`, `average.*`, `moments.*`, `best.*`.
    pub tensors: HashMap<String, Tensor>,
}

/// The part of a checkpoint that is no tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Another recipe cannot continue from here.
    pub recipe: Recipe,
    /// The data's SHA-256, for the same reason.
    pub data_sha256: String,
    /// Epochs done.
    pub epoch: usize,
    /// Steps done.
    pub steps: usize,
    /// The best epoch so far, counted from 1, and its validation score.
    pub best: Option<(usize, f64)>,
}

const KEY: &str = "lantern.checkpoint";

impl Checkpoint {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let damaged = |e: String| Error::Checkpoint(fault::checkpoint_damaged(&e));
        let progress = serde_json::to_string(&self.progress).map_err(|e| damaged(e.to_string()))?;
        let metadata = HashMap::from([(KEY.to_string(), progress)]);
        safetensors::serialize(&self.tensors, Some(metadata)).map_err(|e| damaged(e.to_string()))
    }

    /// From the file's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |e: String| Error::Checkpoint(fault::checkpoint_damaged(&e));
        let (_, metadata) =
            safetensors::SafeTensors::read_metadata(bytes).map_err(|e| damaged(e.to_string()))?;
        let progress = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let progress = progress.ok_or_else(|| Error::Checkpoint(fault::NO_CHECKPOINT.into()))?;
        let progress = serde_json::from_str(progress).map_err(|e| damaged(e.to_string()))?;
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        Ok(Self { progress, tensors })
    }

    /// The tensors under `part.`, without it.
    pub fn part(&self, part: &str) -> HashMap<String, Tensor> {
        let prefix = format!("{part}.");
        self.tensors
            .iter()
            .filter_map(|(name, t)| Some((name.strip_prefix(&prefix)?.to_string(), t.clone())))
            .collect()
    }
}
