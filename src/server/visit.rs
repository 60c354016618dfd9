//! How a request came: from which address, and whether over https, behind a proxy too.

use super::settings::Settings;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Version};
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// The address of whoever sent it.
    pub from: IpAddr,
    /// Whether it came over https all the way to the last proxy.
    pub is_secure: bool,
    /// Whether a proxy that is not listed passed it on: then it may come from anywhere, whatever address sent it.
    pub is_relayed: bool,
}

impl Visit {
    /// Believes `X-Forwarded-For` and `X-Forwarded-Proto` of listed proxies only: anybody can send them.
    fn of(settings: &Settings, peer: IpAddr, version: Version, headers: &HeaderMap) -> Self {
        let peer = peer.to_canonical();
        let is_proxy = |address: &IpAddr| settings.proxies.contains(address);
        if !is_proxy(&peer) {
            let is_relayed = version == Version::HTTP_10 || is_passed_on(headers);
            return Self { from: peer, is_secure: settings.tls.is_some(), is_relayed };
        }
        // Each proxy adds to the end. What stands before the last address that is no proxy may be made up.
        let addresses =
            values(headers, "x-forwarded-for").rev().map_while(|text| text.parse::<IpAddr>().ok());
        let from = addresses.map(|address| address.to_canonical()).find(|address| !is_proxy(address));
        let is_secure = values(headers, "x-forwarded-proto").next_back() == Some("https");
        Self { from: from.unwrap_or(peer), is_secure, is_relayed: false }
    }
}

/// Whether a request carries what proxies add. No browser sends these, nor HTTP/1.0, which proxies still speak.
fn is_passed_on(headers: &HeaderMap) -> bool {
    let mut names = headers.keys().map(|name| name.as_str());
    names.any(|name| name.starts_with("x-forwarded-") || ["forwarded", "x-real-ip", "via"].contains(&name))
}

/// The comma-separated values of a header.
fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
    let lines: Vec<&str> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
    let all: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    all.into_iter()
}

/// Adds the [`Visit`] to a request.
pub(super) async fn note(
    State(settings): State<Settings>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = Visit::of(&settings, peer.ip(), request.version(), request.headers());
    request.extensions_mut().insert(visit);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(peer: &str, headers: &[(&'static str, &str)]) -> (String, bool) {
        let proxies = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap()).into();
        let settings = Settings { proxies, ..Settings::default() };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let Visit { from, is_secure, .. } =
            Visit::of(&settings, peer.parse().unwrap(), Version::HTTP_11, &map);
        (from.to_string(), is_secure)
    }

    #[test]
    fn only_listed_proxies_are_believed_and_only_what_they_added() {
        let https = ("x-forwarded-proto", "https");
        let of = |from: &str, is_secure| (from.to_string(), is_secure);
        assert_eq!(visit("10.0.0.9", &[https, ("x-forwarded-for", "1.2.3.4")]), of("10.0.0.9", false));
        assert_eq!(visit("::ffff:10.0.0.1", &[https, ("x-forwarded-for", "1.2.3.4")]), of("1.2.3.4", true));
        assert_eq!(
            visit("10.0.0.1", &[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2")]),
            of("1.2.3.4", false)
        );
        let two = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-proto", "https, http"),
        ];
        assert_eq!(visit("10.0.0.1", &two), of("1.2.3.4", false));
        assert_eq!(
            visit("10.0.0.1", &[https, ("x-forwarded-for", "6.6.6.6, unknown")]),
            of("10.0.0.1", true)
        );
        assert_eq!(visit("10.0.0.1", &[https]), of("10.0.0.1", true));
    }
}
