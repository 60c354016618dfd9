//! The page that tells other devices how to trust this computer. It is served over http, because they do not trust https yet.

use super::headers;
use crate::messages::command::trust as text;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, Redirect};
use axum::routing::get;
use axum::{Router, middleware};
use std::net::TcpListener;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The authority's certificate.
    pub certificate: Vec<u8>,
    /// Its fingerprint, to be compared with the one on the terminal.
    pub fingerprint: String,
    /// Where the companion is afterwards.
    pub address: String,
    /// This page's address.
    pub own_address: String,
}

/// Serves the page until the program ends.
///
/// # Errors
/// Fails on a network error.
pub async fn serve(listener: TcpListener, trust: Trust) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let page = text::page(&trust.fingerprint, &trust.address, &code(&trust.own_address));
    let certificate = move || async move {
        let kind = (CONTENT_TYPE, "application/x-x509-ca-cert");
        ([kind, (CONTENT_DISPOSITION, "attachment")], trust.certificate.clone())
    };
    let routes = Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route("/lantern-ca.crt", get(certificate))
        .fallback(|| async { Redirect::temporary("/") })
        .layer(middleware::from_fn(headers::secure));
    axum_server::from_tcp(listener)?.serve(routes.into_make_service()).await
}

/// A QR code of an address as an SVG drawing; empty if the address is too long for one.
fn code(address: &str) -> String {
    let Ok(code) = qrcode::QrCode::new(address) else { return String::new() };
    let (width, border) = (code.width(), 4);
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == qrcode::Color::Dark);
    let square = |(at, _): (usize, _)| format!("M{} {}h1v1h-1z", at % width + border, at / width + border);
    let path: String = dark.map(square).collect();
    let side = width + 2 * border;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"240\" height=\"240\" role=\"img\" aria-label=\"{}\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>",
        text::code_of(address)
    )
}

/// A QR code for a terminal: two modules a character. Empty if the text is too long for one.
pub fn code_for_terminal(text: &str) -> String {
    use qrcode::render::unicode::Dense1x2;
    qrcode::QrCode::new(text).map_or_else(
        |_| String::new(),
        // Light on dark, as most terminals are.
        |code| code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build(),
    )
}
