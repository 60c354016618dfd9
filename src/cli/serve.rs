//! `lantern serve`.

use super::addresses;
use crate::messages::command;
use crate::server::{self, Limits, Reach};
use crate::store::Store;
use anyhow::{Context, Result};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serves until interrupted.
pub fn serve(address: SocketAddr, site: PathBuf, history: &Path) -> Result<ExitCode> {
    let store = Store::open(history)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener =
            std::net::TcpListener::bind(address).with_context(|| command::serve::cannot_listen(address))?;
        // Standard output may be closed; that must not stop the server.
        writeln!(std::io::stdout(), "{}", announcement(listener.local_addr()?)).ok();
        server::serve(listener, site, store, Limits::default(), interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The page's address; if other computers can open it, also the addresses for them and what plain HTTP means
/// for them.
fn announcement(bound: SocketAddr) -> String {
    let own = command::serve::own_address(addresses::for_this_computer(bound));
    if Reach::of(&bound) == Reach::ThisComputer {
        return own;
    }
    let others = match addresses::for_others(bound) {
        Ok(addresses) if addresses.is_empty() => command::serve::NO_OTHERS.into(),
        Ok(addresses) => command::serve::for_others(&addresses),
        Err(error) => command::serve::others_unknown(&error.to_string()),
    };
    format!("{own}\n{others}\n{}", command::serve::PLAIN_HTTP)
}

/// Exit status after Ctrl+C by convention of shells: 128 plus the signal's number.
const ENDED_AT_ONCE: i32 = 130;

/// Waits for Ctrl+C, or for the termination signal of a service manager. A second one ends the program at
/// once.
async fn interrupted() {
    asked_to_end().await;
    tokio::spawn(async {
        asked_to_end().await;
        std::process::exit(ENDED_AT_ONCE);
    });
}

async fn asked_to_end() {
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
