//! How the companion is served.

use super::metrics::Metrics;
use super::visit::Visit;
use crate::store::SessionLimits;
use rustls::ServerConfig;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many requests to the history are worked on, or wait for the database, at the same time.
    pub requests: usize,
    /// For receiving a request's header.
    pub header: Duration,
    /// For a whole request to the history, with the wait for the database.
    pub request: Duration,
    /// For finishing running requests at shutdown.
    pub last_requests: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 256,
            header: Duration::from_secs(15),
            request: Duration::from_secs(30),
            last_requests: Duration::from_secs(5),
        }
    }
}

/// The computers from which the companion can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Only this one: it listens on the loopback interface.
    #[default]
    ThisComputer,
    /// Other computers as well.
    Network,
}

impl Reach {
    /// The reach of a listening address.
    pub fn of(address: &SocketAddr) -> Self {
        if address.ip().is_loopback() { Self::ThisComputer } else { Self::Network }
    }
}

/// Where a log-in is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accounts {
    /// From the day the first account exists. Before, whoever sits at this computer may do everything.
    #[default]
    OnceOneExists,
    /// Always: without an account nobody may do anything but make the first.
    Always,
}

/// How the companion is served.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Limits on time and number of requests.
    pub limits: Limits,
    /// Where a log-in is needed.
    pub accounts: Accounts,
    /// How long a session lasts.
    pub sessions: SessionLimits,
    /// Who can reach it: [`Reach::of`] the address that it listens on.
    pub reach: Reach,
    /// The certificate for https; none for http.
    pub tls: Option<Arc<ServerConfig>>,
    /// Names beside localhost under which browsers open it, in lower case.
    pub names: Vec<String>,
    /// Addresses of proxies that speak https for it.
    pub proxies: Vec<IpAddr>,
    /// The folder with collections of images for the classroom.
    pub collections: Option<PathBuf>,
    /// Where requests are counted.
    pub metrics: Metrics,
}

impl Settings {
    /// Whether the history is closed to a request: passwords and cases never travel between computers in the clear.
    pub(super) fn is_closed(&self, visit: &Visit) -> bool {
        let is_from_elsewhere = self.reach == Reach::Network || !self.proxies.is_empty();
        is_from_elsewhere && !visit.is_secure
    }

    /// Whether the history is closed to a request because a proxy that is not listed passed it on.
    pub(super) fn is_closed_to_proxy(&self, visit: &Visit) -> bool {
        visit.is_relayed && (!visit.is_secure || self.trusts_this_computer())
    }

    /// Whether requests come over http from this computer alone, and therefore under its own names.
    pub(super) fn is_plain(&self) -> bool {
        self.tls.is_none() && self.proxies.is_empty()
    }

    /// Whether the history is closed to every request.
    pub fn is_closed_to_all(&self) -> bool {
        self.reach == Reach::Network && self.is_plain()
    }

    /// Whether requests come only from this computer, which then needs no account. Behind a name or a proxy they may come from
    /// anywhere.
    pub fn trusts_this_computer(&self) -> bool {
        let is_alone = self.reach == Reach::ThisComputer && self.names.is_empty() && self.proxies.is_empty();
        is_alone && self.accounts == Accounts::OnceOneExists
    }
}
