//! https: an own authority for the local network, a certificate of one's own, and a proxy that speaks it.

use crate::companion::{Companion, PASSWORD, agent, header, refused};
use crate::program::{Served, page};
use lantern::account::Role;
use lantern::server::Settings;
use lantern::server::authority::Authority;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn roots(authority: &str) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    roots
}

/// The whole answer to a request, as a browser gets it that trusts `authority` and opens `address` (`https://HOST:PORT`).
fn ask(address: &str, authority: &str, request: &str) -> std::io::Result<String> {
    let host = address.trim_start_matches("https://").trim_end_matches('/');
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots(authority))
        .with_no_client_auth();
    let name = ServerName::try_from(host.rsplit_once(':').unwrap().0.to_string()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(host)?);
    let (first, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let head = first.replace('\n', "\r\n");
    write!(
        stream,
        "{head}\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        Ok(_) => Ok(answer),
        Err(_) if !answer.is_empty() => Ok(answer),
        Err(error) => Err(error),
    }
}

fn serve(folder: &Path, more: &[&str]) -> Served {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    Served::start(command.current_dir(folder).args(["serve", "--port", "0", "--site", "site"]).args(more))
}

#[test]
fn the_local_network_is_served_over_https_by_an_own_authority() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let mut served = serve(folder.path(), &["--lan"]);
    let said = served.until("#first-administrator=");
    let address = said[0].strip_prefix("Lantern is at ").unwrap().to_string();
    assert!(address.starts_with("https://127.0.0.1:"), "{said:?}");
    let authority = std::fs::read_to_string(folder.path().join("lantern.db.ca.pem")).unwrap();
    let key = std::fs::metadata(folder.path().join("lantern.db.ca-key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    for address in [&address, &address.replace("127.0.0.1", "localhost")] {
        let answer = ask(address, &authority, "GET / HTTP/1.1\naccept: text/html").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("<title>Lantern"), "{answer}");
    }
    // Every address that is told is in the certificate.
    let told = said
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.starts_with("https://") && !line.contains('#'));
    for other in told {
        assert!(
            ask(other, &authority, "GET /healthz HTTP/1.1").unwrap().starts_with("HTTP/1.1 200"),
            "{other}"
        );
    }
    // Who does not trust the authority gets nothing.
    let stranger = Authority::open(&folder.path().join("stranger")).unwrap();
    assert!(ask(&address, &stranger.certificate, "GET / HTTP/1.1").is_err());
    // The page that tells how to trust it shows the fingerprint that the terminal shows.
    let trust = said.iter().map(|line| line.trim()).find(|line| line.starts_with("http://")).unwrap();
    let mut answer = agent().get(trust).call().unwrap();
    assert!(header(&answer, "content-security-policy").contains("default-src 'none'"));
    let text = answer.body_mut().read_to_string().unwrap();
    let fingerprint = said[said.iter().position(|line| line.contains("fingerprint")).unwrap() + 1].trim();
    assert!(text.contains(fingerprint) && text.contains("<svg") && fingerprint.len() == 95, "{fingerprint}");
    let certificate =
        agent().get(format!("{trust}lantern-ca.crt")).call().unwrap().body_mut().read_to_vec().unwrap();
    assert_eq!(certificate, CertificateDer::from_pem_slice(authority.as_bytes()).unwrap().to_vec());

    // A log-in is needed from the first moment; the token makes it possible.
    let answer = ask(&address, &authority, "GET /api/cases HTTP/1.1").unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("token"), "{answer}");
    let link = said[said.len() - 1].trim();
    let token = link.strip_prefix(&format!("{address}/#first-administrator=")).unwrap();
    let first = json!({ "token": token, "name": "mora", "password": PASSWORD });
    let answer = ask(&address, &authority, &format!("POST /api/first-account HTTP/1.1\n\n{first}")).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.starts_with("__Host-lantern_session=") && cookie.ends_with("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let answer = ask(&address, &authority, &format!("GET /api/cases HTTP/1.1\ncookie: {cookie}")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Over https the other cookie is none, because over http others could set it.
    let weak = cookie.replace("__Host-", "");
    let answer = ask(&address, &authority, &format!("GET /api/cases HTTP/1.1\ncookie: {weak}")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");

    // The next start has another certificate of the same authority.
    drop(served);
    let mut served = serve(folder.path(), &["--lan", "--name", "lantern.local"]);
    let said = served.until("fingerprint");
    let address = said[0].strip_prefix("Lantern is at ").unwrap().replace("lantern.local", "127.0.0.1");
    assert!(said[0].contains("https://lantern.local:"), "{said:?}");
    assert!(ask(&address, &authority, "GET / HTTP/1.1").unwrap().starts_with("HTTP/1.1 200"));
    drop(served);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder.path()).args([
        "serve",
        "--port",
        "0",
        "--site",
        "site",
        "--lan",
        "--name",
        "clinic.example",
    ]);
    let refused = command.output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("clinic.example") && said.contains("--cert"),
        "{said}"
    );
}

#[test]
fn the_own_authority_cannot_vouch_for_other_sites() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open(&folder.path().join("history.db")).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&authority.certificate)), provider);
    let verifier = verifier.build().unwrap();
    for (name, is_good) in [
        ("lantern.local", true),
        ("localhost", true),
        ("practice.home.arpa", true),
        ("bank.example", false),
        ("local.example", false),
    ] {
        let (chain, _) = authority.issue(&[name.into()], &["192.168.1.7".parse().unwrap()]).unwrap();
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
        let server = ServerName::try_from(name).unwrap();
        let verified = verifier.verify_server_cert(&chain[0], &chain[1..], &server, &[], UnixTime::now());
        assert_eq!(verified.is_ok(), is_good, "{name}: {verified:?}");
    }
}

#[test]
fn a_certificate_of_ones_own_is_served_and_a_wrong_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    page(&folder.path().join("site"));
    let authority = Authority::open(&folder.path().join("mine")).unwrap();
    let (certificate, key) = authority.issue(&["localhost".into()], &["127.0.0.1".parse().unwrap()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), certificate).unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    let mut served = serve(folder.path(), &["--listen", "0.0.0.0", "--cert", "cert.pem", "--key", "key.pem"]);
    let said = served.until("#first-administrator=");
    let address = said[0].strip_prefix("Lantern is at ").unwrap();
    assert!(ask(address, &authority.certificate, "GET / HTTP/1.1").unwrap().starts_with("HTTP/1.1 200"));
    assert!(!said.join(" ").contains("stays closed"), "{said:?}");
    drop(served);
    for (cert, key, word) in [
        ("cert.pem", "site/index.html", "cannot be used"),
        ("site/index.html", "key.pem", "cannot be used"),
        ("none.pem", "key.pem", "none.pem cannot be read"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
        command.current_dir(folder.path());
        command.args(["serve", "--port", "0", "--site", "site", "--cert", cert, "--key", key]);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(word), "{cert} {key}: {said}");
    }
}

#[test]
fn behind_a_proxy_only_its_https_is_let_through_and_only_under_its_name() {
    let settings = Settings {
        names: vec!["lantern.clinic.example".into()],
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Settings::default()
    };
    let companion = Companion::serve_as(Companion::folder(), settings);
    let ask = |host: &str, proto: &str, from: &str| {
        let request = agent().get(companion.url("/api/cases")).header("host", host);
        request.header("x-forwarded-proto", proto).header("x-forwarded-for", from).call().unwrap()
    };
    let name = "lantern.clinic.example";
    refused(ask(name, "http", "10.1.1.1"), 403, "--trusted-proxy");
    refused(companion.get("/api/cases"), 403, "--trusted-proxy");
    // Who comes through a proxy does not sit at this computer.
    refused(ask(name, "https", "10.1.1.1"), 401, "account");
    refused(ask("other.example", "https", "10.1.1.1"), 421, "--name");
    let store = companion.store();
    let by = lantern::store::By::command_line("2026-01-31T09:30:00Z".into());
    let hash = lantern::server::secret::hash(PASSWORD).unwrap();
    store.add_account(&by, "mora", Role::Clinician, &hash).unwrap();
    let log_in = |name: &str, password: &str, from: &str| {
        let request = agent().post(companion.url("/api/session")).header("host", "Lantern.Clinic.Example");
        let request = request.header("x-forwarded-proto", "https").header("x-forwarded-for", from);
        let request = request.header("origin", "https://Lantern.Clinic.Example");
        request.send_json(json!({ "name": name, "password": password })).unwrap()
    };
    let cookie = header(&log_in("mora", PASSWORD, "10.1.1.1"), "set-cookie");
    assert!(cookie.starts_with("__Host-") && cookie.ends_with("Secure"), "{cookie}");
    // Each address behind the proxy is counted by itself.
    for n in 0..50 {
        assert_eq!(log_in(&format!("n{n}"), "wrong", "10.1.1.1").status(), 401);
    }
    assert_eq!(log_in("mora", PASSWORD, "10.1.1.1").status(), 429);
    assert_eq!(log_in("mora", PASSWORD, "10.1.1.2").status(), 200);
}
