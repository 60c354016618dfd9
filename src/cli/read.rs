//! `lantern read`.

use crate::dicom::{self, Object};
use crate::examination::ImageFacts;
use crate::fingerprint::{hex, sha256};
use crate::imaging;
use crate::messages::command;
use crate::nifti::{self, Volume};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::ExitCode;

/// The stored contents of a file.
struct StoredContents {
    format: String,
    width: u32,
    height: u32,
    frames: u32,
    bits: u16,
    photometric: String,
    pixels_sha256: String,
}

/// Decodes one file and describes its stored values.
pub fn read(file: &Path, json: bool) -> Result<ExitCode> {
    let context = || file.display().to_string();
    let bytes = std::fs::read(file).with_context(context)?;
    let read = match () {
        () if dicom::is(&bytes) => object(&bytes),
        () if nifti::is(&bytes) => volume(bytes),
        () => picture(&bytes),
    };
    let read = read.with_context(context)?;
    let StoredContents { format, width, height, frames, bits, photometric, pixels_sha256 } = read;
    if json {
        let line = serde_json::json!({
            "file": context(),
            "format": format,
            "width": width,
            "height": height,
            "frames": frames,
            "bits": bits,
            "photometric": photometric,
            "pixels_sha256": pixels_sha256,
        });
        println!("{line}");
    } else {
        let stored = command::read::stored(&context(), &format, (width, height), frames, bits, &photometric);
        println!("{stored}");
    }
    Ok(ExitCode::SUCCESS)
}

fn picture(bytes: &[u8]) -> Result<StoredContents> {
    let stored = imaging::stored(bytes)?;
    Ok(StoredContents {
        format: stored.format.into(),
        width: stored.width,
        height: stored.height,
        frames: stored.frames,
        bits: stored.bits,
        photometric: stored.photometric.into(),
        pixels_sha256: stored.pixels_sha256(),
    })
}

/// Hashes the voxels as they are stored, in the file's order.
fn volume(bytes: Vec<u8>) -> Result<StoredContents> {
    let volume = Volume::open(bytes)?;
    let ImageFacts { format, width, height, bits } = volume.facts();
    let photometric = if volume.is_colour() { "RGB" } else { "MONOCHROME2" }.into();
    let (frames, pixels_sha256) = (volume.slices(), sha256(volume.voxels()));
    Ok(StoredContents { format, width, height, frames, bits: bits.into(), photometric, pixels_sha256 })
}

/// Decodes all frames, one after the other.
fn object(bytes: &[u8]) -> Result<StoredContents> {
    let object = Object::open(bytes)?;
    let (mut hash, mut bits, mut photometric) = (Sha256::new(), 0, String::new());
    for frame in 0..object.frames() {
        let stored = object.stored(frame)?;
        hash.update(&stored.samples);
        (bits, photometric) = (stored.bits, stored.photometric);
    }
    let facts = object.image_facts();
    let pixels_sha256 = hex(&hash.finalize());
    let (width, height) = (facts.width, facts.height);
    Ok(StoredContents {
        format: facts.format,
        width,
        height,
        frames: object.frames(),
        bits,
        photometric,
        pixels_sha256,
    })
}
