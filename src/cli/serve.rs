//! `lantern serve`.

use super::history::HistoryArgs;
use super::key::KeyArgs;
use super::places::SITE;
use super::{addresses, user};
use crate::fingerprint::Sha256;
use crate::messages::command;
use crate::server::authority::{Authority, LOCAL_NAMES};
use crate::server::trust::Trust;
use crate::server::{self, Accounts, Reach, Settings, secret};
use crate::store::{By, ServingLock, Store};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// How long the link for the first administrator can be used, in seconds.
const LINK_SECONDS: i64 = 60 * 60;

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
    /// Serve the local network over https, by a certificate of an own authority that each device has to trust once. A page on the next port tells how.
    #[arg(long, conflicts_with = "cert")]
    lan: bool,
    /// The certificate for https in PEM form, followed by those that signed it.
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// The key of the certificate, in PEM form.
    #[arg(long = "key", id = "key", requires = "cert")]
    cert_key: Option<PathBuf>,
    /// A name under which browsers open the companion, beside localhost. May be given several times.
    #[arg(long)]
    name: Vec<String>,
    /// The address of a proxy that speaks https for the companion; only its X-Forwarded-For and X-Forwarded-Proto are believed. May be given several
    /// times.
    #[arg(long)]
    trusted_proxy: Vec<IpAddr>,
    /// Count requests for Prometheus, at http://ADDRESS:PORT/metrics. Nobody has to log in there.
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// A file whose first line is the password of the first administrator, admin; it is not read once an account exists.
    #[arg(long)]
    admin_password_file: Option<PathBuf>,
}

/// Serves until interrupted.
pub fn serve(mut arguments: ServeArgs) -> Result<ExitCode> {
    if arguments.lan && arguments.listen.is_loopback() {
        arguments.listen = std::net::Ipv4Addr::UNSPECIFIED.into();
    }
    let address = SocketAddr::from((arguments.listen, arguments.port));
    let site = SITE.find(arguments.site.clone())?;
    let history = &arguments.history.history;
    let mut store = Store::open(history)?;
    let _lock = ServingLock::take(history)?;
    store.check_integrity()?;
    arguments.sealed.unlock(&mut store)?;
    if let Some(file) = &arguments.admin_password_file {
        user::first_from_file(&store, file)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener =
            std::net::TcpListener::bind(address).with_context(|| command::serve::cannot_listen(address))?;
        let bound = listener.local_addr()?;
        let (tls, trust) = certificate(&arguments, bound)?;
        let settings = Settings {
            accounts: if arguments.accounts { Accounts::Always } else { Accounts::OnceOneExists },
            tls,
            names: arguments.name.iter().map(|name| name.to_ascii_lowercase()).collect(),
            proxies: arguments.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
            reach: Reach::of(&bound),
            ..Settings::default()
        };
        let address = own_address(&settings, bound);
        // Standard output may be closed; that must not stop the server.
        writeln!(std::io::stdout(), "{}", announcement(&settings, bound, &address)).ok();
        if let Some((listener, trust)) = trust {
            writeln!(std::io::stdout(), "{}", how_to_trust(&trust)).ok();
            tokio::spawn(server::trust::serve(listener, trust));
        }
        if let Some(address) = arguments.metrics {
            let listener =
                std::net::TcpListener::bind(address).with_context(|| command::serve::no_metrics(address))?;
            writeln!(std::io::stdout(), "{}", command::serve::metrics(listener.local_addr()?)).ok();
            tokio::spawn(server::metrics::serve(listener, settings.metrics.clone()));
        }
        if !settings.is_closed_to_all() && !settings.trusts_this_computer() && !store.has_accounts()? {
            writeln!(std::io::stdout(), "{}", first_link(&store, &address)?).ok();
        }
        server::serve(listener, site, store, settings, interrupted()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

type Certified = (Option<Arc<rustls::ServerConfig>>, Option<(std::net::TcpListener, Trust)>);

/// The certificate for https: that of the options, or one of an own authority, with the page that tells how to trust it.
fn certificate(arguments: &ServeArgs, bound: SocketAddr) -> Result<Certified> {
    if let (Some(cert), Some(key)) = (&arguments.cert, &arguments.cert_key) {
        let read =
            |file: &PathBuf| std::fs::read_to_string(file).with_context(|| command::serve::unread(file));
        return Ok((Some(server::tls::config(&read(cert)?, &read(key)?)?), None));
    }
    if !arguments.lan {
        return Ok((None, None));
    }
    if let Some(name) = arguments.name.iter().find(|name| !is_local(name)) {
        bail!(command::serve::not_local(name, &LOCAL_NAMES));
    }
    let authority = Authority::open(&arguments.history.history)?;
    let mut addresses: Vec<IpAddr> = addresses::for_others(bound)?.iter().map(SocketAddr::ip).collect();
    let other = addresses.first().copied();
    addresses.push(addresses::for_this_computer(bound).ip());
    let names: Vec<String> = arguments.name.iter().cloned().chain(["localhost".into()]).collect();
    let (certificate, key) = authority.issue(&names, &addresses)?;
    let page = std::net::TcpListener::bind((
        bound.ip(),
        if bound.port() == arguments.port { arguments.port + 1 } else { 0 },
    ))
    .with_context(|| command::serve::cannot_listen(SocketAddr::new(bound.ip(), arguments.port + 1)))?;
    let host = |port: u16| match (arguments.name.first(), other) {
        (Some(name), _) => format!("{name}:{port}"),
        (None, other) => SocketAddr::new(other.unwrap_or(bound.ip()), port).to_string(),
    };
    let trust = Trust {
        certificate: authority.der()?,
        fingerprint: authority.fingerprint()?,
        address: format!("https://{}/", host(bound.port())),
        own_address: format!("http://{}/", host(page.local_addr()?.port())),
    };
    Ok((Some(server::tls::config(&certificate, &key)?), Some((page, trust))))
}

/// Whether the own authority can vouch for a name.
fn is_local(name: &str) -> bool {
    LOCAL_NAMES
        .iter()
        .any(|end| name == *end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
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

/// Makes a link for the first administrator. Its token stands behind `#`, which browsers never send, so that it is in
/// nobody's log.
fn first_link(store: &Store, address: &str) -> Result<String> {
    let (token, now) = (secret::token()?, jiff::Timestamp::now());
    let by = By::command_line(now.to_string());
    store.invite(&by, Sha256::of(token.as_bytes()), now.as_second() + LINK_SECONDS)?;
    Ok(command::serve::first_link(address, &token, LINK_SECONDS / 60))
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

/// How other devices come to trust the own authority.
fn how_to_trust(trust: &Trust) -> String {
    let code = server::trust::code_for_terminal(&trust.own_address);
    command::serve::trust(&trust.own_address, &trust.fingerprint, &code)
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
