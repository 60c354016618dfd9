//! `lantern read`.

use crate::imaging;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::ExitCode;

/// Decodes one file and describes its stored values.
pub fn read(file: &Path, json: bool) -> Result<ExitCode> {
    let context = || file.display().to_string();
    let bytes = std::fs::read(file).with_context(context)?;
    let stored = imaging::stored(&bytes).with_context(context)?;
    if json {
        let line = serde_json::json!({
            "file": context(),
            "format": stored.format,
            "width": stored.width,
            "height": stored.height,
            "frames": stored.frames,
            "bits": stored.bits,
            "photometric": stored.photometric,
            "pixels_sha256": stored.pixels_sha256(),
        });
        println!("{line}");
    } else {
        println!(
            "{}: {}, {} x {} pixels, {} frame, {} bits a sample, {}",
            context(),
            stored.format,
            stored.width,
            stored.height,
            stored.frames,
            stored.bits,
            stored.photometric
        );
    }
    Ok(ExitCode::SUCCESS)
}
