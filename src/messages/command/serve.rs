//! `lantern serve`.

use std::net::SocketAddr;

pub fn cannot_listen(address: SocketAddr) -> String {
    format!(
        "{address} cannot be listened on; choose another port with --port, or another address with --listen"
    )
}

pub fn own_address(address: SocketAddr) -> String {
    format!("Lantern is at http://{address}")
}

pub const NO_OTHERS: &str = "Nobody else can open it now: this computer has no address on a network.";

pub fn for_others(addresses: &[SocketAddr]) -> String {
    let each = addresses.iter().map(|address| format!("\n  http://{address}"));
    format!("Others on this network open:{}", each.collect::<String>())
}

pub fn others_unknown(error: &str) -> String {
    format!("Others open this computer's own address, which cannot be told here: {error}.")
}

/// Printed if other computers can open the page.
pub const PLAIN_HTTP: &str = "Over http their browsers compute on one thread, and keep neither the page nor the model for a visit without a network;
somebody on the network could also change the page on its way. A proxy that speaks https before this program mends all of it.
The history stays closed, here too, while others can open the page. Images stay in the browser that opened them.";
