//! `lantern serve`.

use anyhow::Result;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serves until interrupted.
pub fn serve(_address: SocketAddr, _site: PathBuf, _history: &Path) -> Result<ExitCode> {
    anyhow::bail!("not built yet")
}
