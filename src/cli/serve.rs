//! `lantern serve`.

use super::certificate::{CertificateArgs, how_to_trust};
use super::history::{HistoryArgs, by};
use super::key::KeyArgs;
use super::places::SITE;
use super::{addresses, user};
use crate::fingerprint::Sha256;
use crate::messages::command;
use crate::server::{self, Accounts, Reach, Settings, secret};
use crate::store::{SessionLimits, Store};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// How long the token for the first administrator can be used, in seconds.
const TOKEN_SECONDS: i64 = HOUR;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// The port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on: 0.0.0.0 for all of this computer's. Without https the history is then closed.
    #[arg(long, default_value = "127.0.0.1")]
    listen: IpAddr,
    /// The built page [default: dist or site beside the program, or dist in the current folder]
    #[arg(long)]
    site: Option<PathBuf>,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    sealed: KeyArgs,
    /// Ask for a log-in also on this computer itself, and before the first account exists.
    #[arg(long)]
    accounts: bool,
    /// Log a browser out after so many minutes without a request.
    #[arg(long, value_name = "MINUTES", default_value_t = SessionLimits::default().idle / MINUTE, value_parser = clap::value_parser!(i64).range(1..=24 * 60))]
    session_idle: i64,
    /// Log a browser out so many hours after its log-in.
    #[arg(long, value_name = "HOURS", default_value_t = SessionLimits::default().absolute / HOUR, value_parser = clap::value_parser!(i64).range(1..=30 * 24))]
    session_longest: i64,
    #[command(flatten)]
    certificate: CertificateArgs,
    /// The address of a proxy that speaks https for the companion; only its X-Forwarded-For and X-Forwarded-Proto are believed. May be given several
    /// times.
    #[arg(long)]
    trusted_proxy: Vec<IpAddr>,
    /// Count requests for Prometheus, at http://ADDRESS:PORT/metrics. Nobody has to log in there.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// A folder with collections of images for the classroom: each folder, zip archive and .npz in it is one. Whoever may read the history may fetch
    /// them.
    #[arg(long, value_name = "FOLDER")]
    collections: Option<PathBuf>,
    /// A file whose first line is the password of the first administrator, admin; it is not read once an account exists.
    #[arg(long)]
    admin_password_file: Option<PathBuf>,
}

/// Serves until interrupted.
pub fn serve(mut arguments: ServeArgs) -> Result<ExitCode> {
    if arguments.certificate.lan && arguments.listen.is_loopback() {
        arguments.listen = std::net::Ipv4Addr::UNSPECIFIED.into();
    }
    let address = SocketAddr::from((arguments.listen, arguments.port));
    let site = SITE.find(arguments.site.clone())?;
    if let Some(folder) = arguments.collections.as_ref().filter(|folder| !folder.is_dir()) {
        bail!(command::serve::no_collections(&folder.display().to_string()));
    }
    let history = &arguments.history.history;
    let (_lock, mut store) = arguments.history.open_to_serve()?;
    store.check_integrity()?;
    arguments.sealed.unlock(&mut store)?;
    if let Some(file) = &arguments.admin_password_file {
        user::first_from_file(&store, file)?;
    }
    let listener =
        std::net::TcpListener::bind(address).with_context(|| command::serve::cannot_listen(address))?;
    let bound = listener.local_addr()?;
    let (tls, trust) = arguments.certificate.open(history, bound)?;
    let settings = Settings { tls, reach: Reach::of(&bound), ..arguments.settings() };
    let address = own_address(&settings, bound);
    // Standard output may be closed; that must not stop the server.
    writeln!(std::io::stdout(), "{}", announcement(&settings, bound, &address)).ok();
    if let Some((_, trust)) = &trust {
        writeln!(std::io::stdout(), "{}", how_to_trust(trust)).ok();
    }
    if !settings.is_closed_to_all() && !settings.trusts_this_computer() && !store.has_accounts()? {
        writeln!(std::io::stdout(), "{}", first_token(&store, &address)?).ok();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if let Some((listener, trust)) = trust {
            tokio::spawn(server::trust::serve(listener, trust));
        }
        if let Some(address) = arguments.metrics {
            let listener =
                std::net::TcpListener::bind(address).with_context(|| command::serve::no_metrics(address))?;
            writeln!(std::io::stdout(), "{}", command::serve::metrics(listener.local_addr()?)).ok();
            tokio::spawn(server::metrics::serve(listener, settings.metrics.clone()));
        }
        server::serve(listener, site, store, settings, interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

impl ServeArgs {
    fn settings(&self) -> Settings {
        Settings {
            accounts: if self.accounts { Accounts::Always } else { Accounts::OnceOneExists },
            sessions: SessionLimits {
                idle: self.session_idle * MINUTE,
                absolute: self.session_longest * HOUR,
            },
            names: self.certificate.name.iter().map(|name| name.to_ascii_lowercase()).collect(),
            proxies: self.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
            collections: self.collections.clone(),
            ..Settings::default()
        }
    }
}

/// The address that a browser on this computer opens, or behind a proxy the one that all open.
fn own_address(settings: &Settings, bound: SocketAddr) -> String {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    match settings.names.first() {
        Some(name) if !settings.proxies.is_empty() => format!("https://{name}"),
        Some(name) => format!("{scheme}://{name}:{}", bound.port()),
        None => format!("{scheme}://{}", addresses::for_this_computer(bound)),
    }
}

/// Makes a token for the first administrator, and tells where it is used.
fn first_token(store: &Store, address: &str) -> Result<String> {
    let (token, until) = (secret::token()?, jiff::Timestamp::now().as_second() + TOKEN_SECONDS);
    store.invite(&by(), Sha256::of(token.as_bytes()), until)?;
    Ok(command::serve::first_token(address, &token, TOKEN_SECONDS / MINUTE))
}

/// The page's address; if other computers can open it, also the addresses for them, and over plain HTTP what that means
/// for them.
fn announcement(settings: &Settings, bound: SocketAddr, address: &str) -> String {
    let own = command::serve::own_address(address);
    if settings.reach == Reach::ThisComputer {
        return own;
    }
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let others = match addresses::for_others(bound) {
        Ok(addresses) if addresses.is_empty() => command::serve::NO_OTHERS.into(),
        Ok(addresses) => command::serve::for_others(scheme, &addresses),
        Err(error) => command::serve::others_unknown(&error.to_string()),
    };
    if settings.is_closed_to_all() {
        format!("{own}\n{others}\n{}", command::serve::PLAIN_HTTP)
    } else {
        format!("{own}\n{others}")
    }
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
