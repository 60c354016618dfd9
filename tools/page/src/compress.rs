//! Compressed copies of text and code.

use anyhow::Result;
use brotlic::{BrotliEncoderOptions, CompressorWriter, Quality, WindowSize};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Mutex;
use std::thread;

const ENDINGS: [&str; 7] = ["js", "wasm", "css", "html", "json", "svg", "webmanifest"];

/// Brotli and gzip copies, as path and content, of those `files` that compress well.
pub fn copies(files: &[(&str, &[u8])]) -> Result<Vec<(String, Vec<u8>)>> {
    let compresses = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
    let mut jobs: Vec<(&str, &[u8])> = files.iter().copied().filter(|(path, _)| compresses(path)).collect();
    // The largest is taken first, so that the threads end at about the same time.
    jobs.sort_by_key(|(_, bytes)| bytes.len());
    let (jobs, done) = (Mutex::new(jobs), Mutex::new(Vec::new()));
    let next = || jobs.lock().ok().and_then(|mut jobs| jobs.pop());
    let work = || -> Result<()> {
        while let Some((path, bytes)) = next() {
            let pair = [(format!("{path}.br"), brotli(bytes)?), (format!("{path}.gz"), gzip(bytes)?)];
            if let Ok(mut done) = done.lock() {
                done.extend(pair);
            }
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => anyhow::bail!("compressing a file broke off"),
        })
    })?;
    Ok(done.into_inner().unwrap_or_default())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut options = BrotliEncoderOptions::new();
    options.quality(Quality::best()).window_size(WindowSize::best()).size_hint(u32::try_from(bytes.len())?);
    let mut encoder = CompressorWriter::with_encoder(options.build()?, Vec::new());
    encoder.write_all(bytes)?;
    Ok(encoder.into_inner()?)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
