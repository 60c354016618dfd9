//! `lantern serve`.

use crate::server;
use crate::store::Store;
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serves until interrupted.
pub fn serve(address: SocketAddr, site: PathBuf, history: &Path) -> Result<ExitCode> {
    let store = Store::open(history)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .with_context(|| format!("{address} cannot be listened on; choose another port with --port"))?;
        println!("Lantern is at http://{}", listener.local_addr()?);
        server::serve(listener, site, store, interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends with Ctrl+C, or with the signal that a service manager sends.
async fn interrupted() {
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
    #[cfg(unix)]
    {
        let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return ctrl_c.await;
        };
        tokio::select! {
            () = ctrl_c => {}
            _ = ended.recv() => {}
        }
    }
    #[cfg(not(unix))]
    ctrl_c.await;
}
