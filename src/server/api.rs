//! What the routes say of themselves, made of [`ROUTES`]: as OpenAPI, and as a page.

use super::access::May;
use super::routes::{ROUTES, Route};
use crate::account::Role;
use crate::messages::command::api as text;
use axum::Json;
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The type of an answer that is any JSON object.
pub(super) const OBJECT: &str = "object";
/// The type of an answer that is a page.
pub(super) const PAGE: &str = "page";
/// Errors that every route may answer: of names, sites and origins that are refused, of a failure, a full house and a full disk.
const ERRORS: [u16; 5] = [403, 421, 500, 503, 507];

/// Types and parameters. `tests/server/api.rs` compares them with what is sent.
const SCHEMAS: &str = include_str!("schemas.json");
/// The case that later versions will read.
const CASE: &str = include_str!("../../tests/files/case.json");

/// `GET /api/openapi.json`
pub(super) async fn openapi() -> Json<Value> {
    Json(document())
}

/// `GET /api/docs`
pub(super) async fn docs() -> Html<String> {
    Html(page(&document()))
}

/// The description as OpenAPI 3.1.
fn document() -> Value {
    let known: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    let mut schemas = known["schemas"].clone();
    let case: Value = serde_json::from_str(CASE).unwrap_or_default();
    schemas["Case"]["example"] = case["whole"].clone();
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(format!("/api{}", route.path)).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route, &known["parameters"]);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": text::TITLE, "description": text::DESCRIPTION, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": "lantern_session", "description": text::SESSION } },
        },
    })
}

fn operation(route: &Route, known: &Value) -> Value {
    let names = route.path.split(['{', '}']).skip(1).step_by(2).map(|name| ("path", name));
    let names = names.chain(route.query.iter().map(|name| ("query", *name)));
    let parameters: Vec<Value> = names.map(|(place, name)| parameter(&known[name], place, name)).collect();
    let mut responses = Map::new();
    let (status, kind) = route.answer;
    responses.insert(status.to_string(), answer(kind));
    for status in errors(route) {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        responses.insert(status.to_string(), json!({ "description": title(status), "content": content }));
    }
    let mut operation = json!({
        "operationId": id(route),
        "summary": route.about,
        "parameters": parameters,
        "responses": responses,
        "security": if route.may == May::Anyone { json!([]) } else { json!([{ "session": [] }]) },
        "x-for": who(route.may),
    });
    if let Some(body) = route.body {
        let content = json!({ "application/json": { "schema": reference(body) } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameter(known: &Value, place: &str, name: &str) -> Value {
    let mut parameter = known.clone();
    parameter["name"] = json!(name);
    parameter["in"] = json!(place);
    parameter["required"] = json!(place == "path");
    parameter
}

/// All errors of a route, each once.
fn errors(route: &Route) -> Vec<u16> {
    let of_body: &[u16] = if route.body.is_some() { &[400, 413, 415, 422] } else { &[] };
    let of_query: &[u16] = if route.query.is_empty() { &[] } else { &[400] };
    let of_rights: &[u16] = if route.may == May::Anyone { &[] } else { &[401] };
    let mut all = [&ERRORS[..], of_body, of_query, of_rights, route.errors].concat();
    all.sort_unstable();
    all.dedup();
    all
}

fn answer(kind: Option<&str>) -> Value {
    let content = match kind {
        None => return json!({ "description": text::DONE }),
        Some(PAGE) => json!({ "text/html": { "schema": { "type": "string" } } }),
        Some(OBJECT) => json!({ "application/json": { "schema": { "type": "object" } } }),
        Some(kind) => json!({ "application/json": { "schema": reference(kind) } }),
    };
    json!({ "description": text::DONE, "content": content })
}

fn reference(kind: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{kind}") })
}

fn title(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or(text::REFUSED)
}

/// `get_cases_id` for `GET /cases/{id}`.
fn id(route: &Route) -> String {
    let path = route.path.replace(['{', '}'], "").replace(['/', '-', '.'], "_");
    format!("{}{path}", route.method.as_str().to_ascii_lowercase())
}

/// Who may ask for a route.
fn who(may: May) -> String {
    match may {
        May::Anyone => text::ANYONE.into(),
        May::SignedIn => text::SIGNED_IN.into(),
        May::Roles(roles) => roles.iter().copied().map(Role::name).collect::<Vec<_>>().join(", "),
    }
}

/// The description as a page of its own: no script, no style, nothing from elsewhere.
fn page(document: &Value) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{0}</title><h1>{0}</h1><p>{1}</p>\
         <p><a href=\"/api/openapi.json\">OpenAPI</a></p>",
        escaped(text::TITLE),
        escaped(text::DESCRIPTION)
    );
    for route in &ROUTES {
        section(&mut page, route, &document["paths"][format!("/api{}", route.path)]);
    }
    write!(page, "<h2>{}</h2>", text::TYPES).ok();
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let schema = escaped(&serde_json::to_string_pretty(schema).unwrap_or_default());
        write!(page, "<h3 id=\"{name}\">{name}</h3><pre>{schema}</pre>").ok();
    }
    page
}

fn section(page: &mut String, route: &Route, path: &Value) {
    let operation = &path[route.method.as_str().to_ascii_lowercase()];
    let (method, about) = (&route.method, escaped(route.about));
    write!(page, "<h2>{method} /api{}</h2><p>{about} {}: {}.</p>", route.path, text::FOR, who(route.may))
        .ok();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let rows: String = parameters
        .map(|one| {
            let of = |name: &str| escaped(one[name].as_str().unwrap_or_default());
            format!("<li><code>{}</code> ({}): {}</li>", of("name"), of("in"), of("description"))
        })
        .collect();
    if !rows.is_empty() {
        write!(page, "<p>{}:</p><ul>{rows}</ul>", text::PARAMETERS).ok();
    }
    if let Some(body) = route.body {
        write!(page, "<p>{}: <a href=\"#{body}\">{body}</a></p>", text::BODY).ok();
    }
    let (status, kind) = route.answer;
    let kind = kind.map_or(String::new(), |kind| format!(" <a href=\"#{kind}\">{kind}</a>"));
    let errors = errors(route).iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    write!(page, "<p>{}: {status}{kind}; {errors}</p>", text::ANSWERS).ok();
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
