//! `lantern serve`.

use super::history::HistoryArgs;
use super::key::KeyArgs;
use super::places::SITE;
use super::{addresses, user};
use crate::fingerprint::Sha256;
use crate::messages::command;
use crate::server::{self, Accounts, Reach, Settings, secret};
use crate::store::{By, ServingLock, Store};
use anyhow::{Context, Result};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// How long the link for the first administrator can be used, in seconds.
const LINK_SECONDS: i64 = 60 * 60;

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// The port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on: 0.0.0.0 for all of this computer's. History is kept only where nobody else can call.
    #[arg(long, default_value = "127.0.0.1")]
    listen: IpAddr,
    /// The built page [default: dist or site beside the program, or dist in the current folder]
    #[arg(long)]
    site: Option<PathBuf>,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    key: KeyArgs,
    /// Ask for a log-in also on this computer itself, and before the first account exists.
    #[arg(long)]
    accounts: bool,
    /// A file whose first line is the password of the first administrator, admin; it is not read once an account exists.
    #[arg(long)]
    admin_password_file: Option<PathBuf>,
}

/// Serves until interrupted.
pub fn serve(arguments: ServeArgs) -> Result<ExitCode> {
    let address = SocketAddr::from((arguments.listen, arguments.port));
    let site = SITE.find(arguments.site)?;
    let history = &arguments.history.history;
    let mut store = Store::open(history)?;
    let _lock = ServingLock::take(history)?;
    store.check_integrity()?;
    arguments.key.unlock(&mut store)?;
    if let Some(file) = &arguments.admin_password_file {
        user::first_from_file(&store, file)?;
    }
    let accounts = if arguments.accounts { Accounts::Always } else { Accounts::OnceOneExists };
    let settings = Settings { accounts, ..Settings::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener =
            std::net::TcpListener::bind(address).with_context(|| command::serve::cannot_listen(address))?;
        let bound = listener.local_addr()?;
        // Standard output may be closed; that must not stop the server.
        writeln!(std::io::stdout(), "{}", announcement(bound)).ok();
        if accounts == Accounts::Always && !store.has_accounts()? {
            writeln!(std::io::stdout(), "{}", first_link(&store, bound)?).ok();
        }
        server::serve(listener, site, store, settings, interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes a link for the first administrator. Its token stands behind `#`, which browsers never send, so that it is in
/// nobody's log.
fn first_link(store: &Store, bound: SocketAddr) -> Result<String> {
    let (token, now) = (secret::token()?, jiff::Timestamp::now());
    let by = By::command_line(now.to_string());
    store.invite(&by, Sha256::of(token.as_bytes()), now.as_second() + LINK_SECONDS)?;
    let address = addresses::for_this_computer(bound);
    Ok(command::serve::first_link(address, &token, LINK_SECONDS / 60))
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
