//! `lantern serve`.

use std::net::SocketAddr;
use std::path::Path;

texts! {
    cannot_listen(address: SocketAddr) = "{address} cannot be listened on; choose another port with --port, or another address with --listen";
    own_address(address: &str) = "Lantern is at {address}";
    /// The page takes the token from behind the #, which a browser sends to nobody.
    first_token(address: &str, token: &str, minutes: i64) = "No account exists yet, so nobody can log in. Make the first administrator with `lantern user add NAME --admin`, or open this link,
which works once and for {minutes} minutes:
  {address}/#first-administrator={token}";
    no_collections(folder: &str) = "there is no folder {folder}; give another one with --collections";
    metrics(address: SocketAddr) = "Requests are counted at http://{address}/metrics";
    no_metrics(address: SocketAddr) = "{address} cannot be listened on; choose another one with --metrics";
    NO_OTHERS = "Nobody else can open it now: this computer has no address on a network.";
}

/// `scheme`: http or https.
pub fn for_others(scheme: &str, addresses: &[SocketAddr]) -> String {
    let each = addresses.iter().map(|address| format!("\n  {scheme}://{address}"));
    format!("Others on this network open:{}", each.collect::<String>())
}

texts! {
    others_unknown(error: &str) = "Others open this computer's own address, which cannot be told here: {error}.";
    /// Printed if other computers can open the page.
    PLAIN_HTTP = "Over http their browsers compute on one thread, and keep neither the page nor the model for a visit without a network;
somebody on the network could also change the page on its way. Start Lantern with --lan, or with --cert and --key, to serve https.
The history stays closed, here too, while others can open the page. Images stay in the browser that opened them.";
}

pub fn unread(file: &Path) -> String {
    format!("{} cannot be read; name another file with --cert and --key", file.display())
}

/// `ends`: of the names that the own authority can vouch for.
pub fn not_local(name: &str, ends: &[&str]) -> String {
    let ends = ends.join(", ");
    format!(
        "{name} is no name of a local network ({ends}), so the own authority cannot vouch for it; give a certificate for it with --cert and --key"
    )
}

/// `code`: the QR code of the address, for a terminal.
pub fn trust(address: &str, fingerprint: &str, code: &str) -> String {
    format!(
        "Each other device has to trust this computer once. It opens this page, which tells how:\n  {address}\n{code}\nThe page must show this fingerprint:\n  {fingerprint}"
    )
}
