//! The page that tells other devices how to trust this computer, and the names in its certificates.

texts! {
    authority(key: &str) = "Lantern on one computer ({key})";
    CERTIFICATE = "Lantern";
    TITLE = "Trust this Lantern";
    code_of(address: &str) = "QR code of {address}";
}

/// The page in HTML. `fingerprint`: of the certificate; `address`: of the companion afterwards; `code`: a drawing in SVG of this page's address.
pub fn page(fingerprint: &str, address: &str, code: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{TITLE}</title>
<h1>{TITLE}</h1>
<p>This device does not know the computer that runs Lantern yet. Install its certificate once; then Lantern opens here over https, and camera, offline use and all threads work.
The certificate is good for names of local networks, and for any address without a name.</p>
<ol>
<li>Load <a href=\"/lantern-ca.crt\">the certificate</a>.</li>
<li>Compare: the device and the terminal of that computer must show this SHA-256 fingerprint. If they differ, stop: somebody changed it on the way.<br><code>{fingerprint}</code></li>
<li>Install it:
<ul>
<li><b>Android</b>: Settings, Security, Encryption and credentials, Install a certificate, CA certificate.</li>
<li><b>iPhone, iPad</b>: open the file, then Settings, Profile Downloaded, Install; then Settings, General, About, Certificate Trust Settings, and switch it on.</li>
<li><b>Windows</b>: open the file, Install Certificate, Current User, place it in Trusted Root Certification Authorities.</li>
<li><b>macOS</b>: open the file, add it to the login keychain, open it there, Trust, Always Trust.</li>
<li><b>ChromeOS</b>: Settings, Privacy and security, Security, Manage certificates, Authorities, Import.</li>
<li><b>Firefox</b> on any system: Settings, Privacy and Security, View Certificates, Authorities, Import.</li>
<li><b>Linux</b>, Chromium: Settings, Privacy and security, Security, Manage certificates, Custom, Import.</li>
</ul></li>
<li>Open <a href=\"{address}\">{address}</a>.</li>
</ol>
<p>To undo it, remove the certificate in the same place. This page for another device:</p>
{code}
"
    )
}
