//! `lantern serve`.

use std::net::SocketAddr;

texts! {
    cannot_listen(address: SocketAddr) = "{address} cannot be listened on; choose another port with --port, or another address with --listen";
    own_address(address: SocketAddr) = "Lantern is at http://{address}";
    first_link(address: SocketAddr, token: &str, minutes: i64) = "No account exists yet. Make the first administrator here, within {minutes} minutes and only once:\n  http://{address}/first-account#{token}";
    NO_OTHERS = "Nobody else can open it now: this computer has no address on a network.";
}

pub fn for_others(addresses: &[SocketAddr]) -> String {
    let each = addresses.iter().map(|address| format!("\n  http://{address}"));
    format!("Others on this network open:{}", each.collect::<String>())
}

texts! {
    others_unknown(error: &str) = "Others open this computer's own address, which cannot be told here: {error}.";
    /// Printed if other computers can open the page.
    PLAIN_HTTP = "Over http their browsers compute on one thread, and keep neither the page nor the model for a visit without a network;
somebody on the network could also change the page on its way. A proxy that speaks https before this program mends all of it.
The history stays closed, here too, while others can open the page. Images stay in the browser that opened them.";
}
