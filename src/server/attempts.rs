//! Limits failed log-ins, by account and by address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long failures count.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures that an account may have, from wherever they come, also if there is no such account.
const OF_ACCOUNT: u32 = 10;
/// Failures that an address may have: more, because a class behind one router has one address.
const OF_ADDRESS: u32 = 50;
/// Maximum number of counters, a limit on memory.
const MOST: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Failures {
    since: Instant,
    count: u32,
}

/// Failed log-ins of the last quarter of an hour.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<Key, Failures>>);

impl Attempts {
    /// Counts an attempt as failed until [`Attempts::succeeded`] says otherwise, so that attempts at the same
    /// time are all counted. Returns how long to wait if there were too many.
    pub fn begin(&self, name: &str, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(name, from);
        for (key, most) in &keys {
            let Some(failures) = counters.get(key) else { continue };
            let age = now.saturating_duration_since(failures.since);
            if age < WINDOW && failures.count >= *most {
                return Err(WINDOW - age);
            }
        }
        for (key, _) in keys {
            if counters.len() >= MOST {
                make_room(&mut counters, now);
            }
            let failures = counters.entry(key).or_insert(Failures { since: now, count: 0 });
            if now.saturating_duration_since(failures.since) >= WINDOW {
                *failures = Failures { since: now, count: 0 };
            }
            failures.count += 1;
        }
        Ok(())
    }

    /// Takes an attempt back, and forgets the account's earlier failures.
    pub fn succeeded(&self, name: &str, from: IpAddr) {
        self.undone(name, from);
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.remove(&Key::Account(name.into()));
    }

    /// Takes an attempt back that was neither right nor wrong.
    pub fn undone(&self, name: &str, from: IpAddr) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(name, from) {
            if let Some(failures) = counters.get_mut(&key) {
                failures.count = failures.count.saturating_sub(1);
            }
        }
    }
}

fn keys(name: &str, from: IpAddr) -> [(Key, u32); 2] {
    [(Key::Account(name.into()), OF_ACCOUNT), (Key::Address(network(from)), OF_ADDRESS)]
}

/// The address, or of IPv6 its /64, which belongs to one customer.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        ip => ip,
    }
}

/// Forgets old counters, or else the oldest.
fn make_room(counters: &mut HashMap<Key, Failures>, now: Instant) {
    counters.retain(|_, failures| now.saturating_duration_since(failures.since) < WINDOW);
    if counters.len() >= MOST
        && let Some(oldest) =
            counters.iter().min_by_key(|(_, failures)| failures.since).map(|(key, _)| key.clone())
    {
        counters.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_account_and_an_address_are_limited_and_the_time_frees_them() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for n in 0..OF_ACCOUNT {
            attempts.begin("mora", ip(&format!("10.0.0.{n}")), start).unwrap();
        }
        let later = start + Duration::from_secs(60);
        assert_eq!(attempts.begin("mora", ip("10.0.1.1"), later), Err(WINDOW - Duration::from_secs(60)));
        for n in 0..OF_ADDRESS {
            attempts.begin(&format!("name{n}"), ip("fd00::1"), start).unwrap();
        }
        // Another address of the same network.
        assert!(attempts.begin("other", ip("fd00::2"), start).is_err());
        assert!(attempts.begin("other", ip("fd00:0:0:1::2"), start).is_ok());
        assert!(attempts.begin("mora", ip("fd00::1"), start + WINDOW).is_ok());
    }

    #[test]
    fn a_success_frees_the_account_and_the_memory_is_limited() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..3 {
            for _ in 0..OF_ACCOUNT {
                attempts.begin("mora", ip("10.0.0.1"), start).unwrap();
            }
            attempts.succeeded("mora", ip("10.0.0.1"));
        }
        // What was neither right nor wrong counts for nothing.
        for _ in 0..2 * OF_ACCOUNT {
            attempts.begin("mora", ip("10.0.0.1"), start).unwrap();
            attempts.undone("mora", ip("10.0.0.1"));
        }
        for n in 0..(MOST as u32 / 2 + 20) {
            attempts.begin(&format!("n{n}"), Ipv6Addr::from_bits(u128::from(n) << 64).into(), start).unwrap();
        }
        assert!(attempts.0.lock().unwrap().len() <= MOST);
    }
}
