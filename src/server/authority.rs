//! An own certificate authority for the local network, which each device has to trust once.

use super::Error;
use crate::fingerprint::sha256;
use crate::messages::command::trust as text;
use crate::store::files;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// Names for which alone the authority can vouch, with all below them: to devices that heed a root's name constraints, whoever
/// steals its key cannot pretend to be a site of another name. `home.arpa` and `internal` are reserved for local networks (RFC 8375, ICANN 2024).
pub const LOCAL_NAMES: [&str; 5] = ["localhost", "local", "lan", "internal", "home.arpa"];
/// How long the authority lasts, in years.
const AUTHORITY_YEARS: i32 = 10;
/// How long a certificate lasts, in days: Apple's devices refuse more than 825 from an authority that a user added.
const CERTIFICATE_DAYS: i64 = 365;

/// A date as rcgen takes it, in a type of a crate that is not ours to name.
macro_rules! day {
    ($date:expr) => {{
        let date: jiff::civil::Date = $date;
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    }};
}

/// The authority: its certificate, which everybody may have, and its key.
#[derive(Debug)]
pub struct Authority {
    /// The certificate, in PEM.
    pub certificate: String,
    key: KeyPair,
}

impl Authority {
    /// The authority that lies beside a history, or a new one. Its key is readable by its owner only.
    ///
    /// # Errors
    /// Fails if the files cannot be read or written.
    pub fn open(history: &Path) -> Result<Self, Error> {
        let (certificate_file, key_file) =
            (files::with(history, ".ca.pem"), files::with(history, ".ca-key.pem"));
        if certificate_file.exists() && key_file.exists() {
            files::keep_private(&key_file);
            let key = KeyPair::from_pem(&fs::read_to_string(key_file)?).map_err(failed)?;
            return Ok(Self { certificate: fs::read_to_string(certificate_file)?, key });
        }
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params(&key)?.self_signed(&key).map_err(failed)?.pem();
        files::write(files::replace(&key_file)?, &key.serialize_pem())?;
        files::write(files::replace(&certificate_file)?, &certificate)?;
        Ok(Self { certificate, key })
    }

    /// A certificate for these names and addresses, and its key, both in PEM.
    ///
    /// # Errors
    /// Fails if a name is none.
    pub fn issue(&self, names: &[String], addresses: &[IpAddr]) -> Result<(String, String), Error> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut certificate = CertificateParams::new(names).map_err(failed)?;
        certificate.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
        certificate.distinguished_name.push(DnType::CommonName, text::CERTIFICATE);
        let today = jiff::Zoned::now().date();
        let ends = today.saturating_add(jiff::Span::new().days(CERTIFICATE_DAYS));
        certificate.not_before = day!(today.yesterday().unwrap_or(today));
        certificate.not_after = day!(ends);
        certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        certificate.use_authority_key_identifier_extension = true;
        let issuer = Issuer::new(params(&self.key)?, &self.key);
        let signed = certificate.signed_by(&key, &issuer).map_err(failed)?;
        Ok((format!("{}{}", signed.pem(), self.certificate), key.serialize_pem()))
    }

    /// The SHA-256 of the certificate, as devices show it: pairs of digits.
    pub fn fingerprint(&self) -> Result<String, Error> {
        let pairs: Vec<char> = sha256(&self.der()?).to_uppercase().chars().collect();
        Ok(pairs.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(" "))
    }

    /// The certificate in the form that phones install.
    ///
    /// # Errors
    /// Fails if the file was damaged.
    pub fn der(&self) -> Result<Vec<u8>, Error> {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        der.map(|der| der.to_vec()).map_err(|error| Error::Certificate(error.to_string()))
    }
}

/// The authority's certificate. Its name holds a part of its key, so that those of several computers differ.
fn params(key: &KeyPair) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    let brief: String = sha256(key.public_key_raw()).chars().take(8).collect();
    params.distinguished_name.push(DnType::CommonName, text::authority(&brief));
    let today = jiff::Zoned::now().date();
    params.not_before = day!(today.yesterday().unwrap_or(today));
    params.not_after = day!(today.saturating_add(jiff::Span::new().years(AUTHORITY_YEARS)));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    // So it vouches for no programs and no mail.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let permitted_subtrees = LOCAL_NAMES.map(|name| GeneralSubtree::DnsName(name.into())).into();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    Ok(params)
}

fn failed(error: rcgen::Error) -> Error {
    Error::Certificate(error.to_string())
}
