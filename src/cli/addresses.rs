//! Addresses at which this computer can be reached.

use std::net::{IpAddr, SocketAddr};

/// The addresses that other computers can open, if a program listens on `bound`; empty for the loopback
/// interface.
pub fn for_others(bound: SocketAddr) -> std::io::Result<Vec<SocketAddr>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let own: Vec<IpAddr> =
        interfaces.iter().filter(|i| !i.is_link_local()).map(if_addrs::Interface::ip).collect();
    Ok(reachable(bound, &own))
}

/// The address to open on this computer.
pub fn for_this_computer(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// `own`: the addresses of this computer's network interfaces.
fn reachable(bound: SocketAddr, own: &[IpAddr]) -> Vec<SocketAddr> {
    let is_served = |ip: &&IpAddr| match bound.ip() {
        IpAddr::V4(all) if all.is_unspecified() => ip.is_ipv4(),
        // On Windows, an IPv6 socket does not accept IPv4 connections by default.
        IpAddr::V6(all) if all.is_unspecified() => ip.is_ipv6() || !cfg!(windows),
        one => **ip == one,
    };
    let mut found: Vec<IpAddr> =
        own.iter().filter(|ip| !ip.is_loopback()).filter(is_served).copied().collect();
    // IPv4 first.
    found.sort();
    found.dedup();
    found.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bound: &str) -> Vec<String> {
        let own = ["127.0.0.1", "::1", "192.168.3.7", "fd00::7", "10.1.0.2", "192.168.3.7"];
        let own: Vec<IpAddr> = own.iter().map(|ip| ip.parse().unwrap()).collect();
        reachable(bound.parse().unwrap(), &own).iter().map(SocketAddr::to_string).collect()
    }

    #[test]
    fn others_reach_what_is_listened_on_and_never_the_loopback_interface() {
        assert_eq!(told("0.0.0.0:80"), ["10.1.0.2:80", "192.168.3.7:80"]);
        assert!(told("[::]:80").contains(&"[fd00::7]:80".to_string()));
        assert_eq!(told("192.168.3.7:1"), ["192.168.3.7:1"]);
        assert!(told("127.0.0.1:80").is_empty() && told("[::1]:80").is_empty());
    }

    #[test]
    fn this_computer_opens_the_loopback_interface_where_all_are_listened_on() {
        let own = |bound: &str| for_this_computer(bound.parse().unwrap()).to_string();
        assert_eq!(own("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(own("[::]:80"), "[::1]:80");
        assert_eq!(own("192.168.3.7:80"), "192.168.3.7:80");
    }
}
