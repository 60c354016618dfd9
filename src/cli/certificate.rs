//! The certificate by which `lantern serve` speaks https.

use super::addresses;
use crate::messages::command;
use crate::server;
use crate::server::authority::{Authority, LOCAL_NAMES};
use crate::server::trust::Trust;
use anyhow::{Context, Result, bail};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the certificate comes from.
#[derive(Debug, clap::Args)]
pub struct CertificateArgs {
    /// Serve the local network over https, by a certificate of an own authority that each device has to trust once. A page on the next port tells how.
    #[arg(long, conflicts_with = "cert")]
    pub lan: bool,
    /// The certificate for https in PEM form, followed by those that signed it.
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// The key of the certificate, in PEM form.
    #[arg(long, requires = "cert")]
    key: Option<PathBuf>,
    /// A name under which browsers open the companion, beside localhost. May be given several times.
    #[arg(long)]
    pub name: Vec<String>,
}

/// The page that tells how to trust the own authority.
type TrustPage = (TcpListener, Trust);

impl CertificateArgs {
    /// The certificate of the options, or one of the own authority that lies beside the history.
    pub fn open(
        &self,
        history: &Path,
        bound: SocketAddr,
    ) -> Result<(Option<Arc<rustls::ServerConfig>>, Option<TrustPage>)> {
        if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            let read =
                |file: &PathBuf| std::fs::read_to_string(file).with_context(|| command::serve::unread(file));
            return Ok((Some(server::tls::config(&read(cert)?, &read(key)?)?), None));
        }
        if !self.lan {
            return Ok((None, None));
        }
        if let Some(name) = self.name.iter().find(|name| !is_local(name)) {
            bail!(command::serve::not_local(name, &LOCAL_NAMES));
        }
        let authority = Authority::open(history)?;
        let others: Vec<IpAddr> = addresses::for_others(bound)?.iter().map(SocketAddr::ip).collect();
        let own = addresses::for_this_computer(bound).ip();
        let names: Vec<String> = self.name.iter().cloned().chain(["localhost".into()]).collect();
        let (certificate, key) = authority.issue(&names, &[&others[..], &[own]].concat())?;
        let page = next_port(bound)?;
        let host = |port: u16| match self.name.first() {
            Some(name) => format!("{name}:{port}"),
            None => SocketAddr::new(others.first().copied().unwrap_or(own), port).to_string(),
        };
        let trust = Trust {
            certificate: authority.der()?,
            fingerprint: authority.fingerprint()?,
            address: format!("https://{}/", host(bound.port())),
            own_address: format!("http://{}/", host(page.local_addr()?.port())),
        };
        Ok((Some(server::tls::config(&certificate, &key)?), Some((page, trust))))
    }
}

/// Listens on the next port, or on any where that is taken.
fn next_port(bound: SocketAddr) -> Result<TcpListener> {
    let next = SocketAddr::new(bound.ip(), bound.port().saturating_add(1));
    let any = SocketAddr::new(bound.ip(), 0);
    TcpListener::bind(next)
        .or_else(|_| TcpListener::bind(any))
        .with_context(|| command::serve::cannot_listen(next))
}

/// Whether the own authority can vouch for a name.
fn is_local(name: &str) -> bool {
    LOCAL_NAMES
        .iter()
        .any(|end| name == *end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
}

/// How other devices come to trust the own authority.
pub fn how_to_trust(trust: &Trust) -> String {
    let code = server::trust::code_for_terminal(&trust.own_address);
    command::serve::trust(&trust.own_address, &trust.fingerprint, &code)
}
