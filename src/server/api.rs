//! What the routes say of themselves, made of [`ROUTES`]: as OpenAPI, and as a page.

use super::access::{COOKIE_NAME, May};
use super::routes::{ROUTES, Route};
use crate::account::Role;
use crate::case::VersionedCase;
use crate::messages::command::api as text;
use axum::Json;
use axum::http::StatusCode;
use axum::response::Html;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The type of an answer that is any JSON object.
pub(super) const OBJECT: &str = "object";
/// The type of an answer that is a page.
pub(super) const PAGE: &str = "page";
/// The type of an answer that is a zip archive.
pub(super) const ARCHIVE: &str = "zip archive";
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
    Html(page())
}

/// A JSON object.
type Object = Map<String, Value>;

/// What [`SCHEMAS`] holds, by name.
#[derive(Default, Deserialize)]
struct Known {
    parameters: BTreeMap<String, Object>,
    schemas: BTreeMap<String, Object>,
}

impl Known {
    fn read() -> Self {
        let mut known: Self = serde_json::from_str(SCHEMAS).unwrap_or_default();
        if let (Some(schema), Ok(VersionedCase::Whole(case))) =
            (known.schemas.get_mut("Case"), serde_json::from_str(CASE))
        {
            schema.insert("example".into(), json!(case));
        }
        known
    }

    /// The parameters of a route, as OpenAPI writes them.
    fn parameters(&self, route: &Route) -> Vec<Object> {
        let names = route.path.split(['{', '}']).skip(1).step_by(2).map(|name| ("path", name));
        let names = names.chain(route.query.iter().map(|name| ("query", *name)));
        let parameter = |(place, name): (&str, &str)| {
            let mut parameter = self.parameters.get(name)?.clone();
            parameter.insert("name".into(), json!(name));
            parameter.insert("in".into(), json!(place));
            parameter.insert("required".into(), json!(place == "path"));
            Some(parameter)
        };
        names.filter_map(parameter).collect()
    }
}

/// The description as OpenAPI 3.1.
fn document() -> Value {
    let known = Known::read();
    let mut paths: BTreeMap<String, Object> = BTreeMap::new();
    for route in &ROUTES {
        let operations = paths.entry(format!("/api{}", route.path)).or_default();
        operations.insert(method(route), Value::Object(operation(route, known.parameters(route))));
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": text::TITLE, "description": text::DESCRIPTION, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": known.schemas,
            "securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": COOKIE_NAME, "description": text::SESSION } },
        },
    })
}

fn operation(route: &Route, parameters: Vec<Object>) -> Object {
    let (status, kind) = route.answer;
    let mut responses = Object::from_iter([(status.to_string(), answer(kind))]);
    for status in errors(route) {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        responses.insert(status.to_string(), json!({ "description": title(status), "content": content }));
    }
    let security = if route.may == May::Anyone { json!([]) } else { json!([{ "session": [] }]) };
    let mut operation = Object::from_iter([
        ("operationId".into(), json!(id(route))),
        ("summary".into(), json!(route.about)),
        ("parameters".into(), json!(parameters)),
        ("responses".into(), json!(responses)),
        ("security".into(), security),
        ("x-for".into(), json!(who(route.may))),
    ]);
    if let Some(body) = route.body {
        let content = json!({ "application/json": { "schema": reference(body) } });
        operation.insert("requestBody".into(), json!({ "required": true, "content": content }));
    }
    operation
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
        Some(ARCHIVE) => json!({ "application/zip": {} }),
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
    format!("{}{path}", method(route))
}

fn method(route: &Route) -> String {
    route.method.as_str().to_ascii_lowercase()
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
fn page() -> String {
    let known = Known::read();
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{0}</title><h1>{0}</h1><p>{1}</p>\
         <p><a href=\"/api/openapi.json\">OpenAPI</a></p>",
        escaped(text::TITLE),
        escaped(text::DESCRIPTION)
    );
    ROUTES.iter().for_each(|route| page += &section(route, &known.parameters(route)));
    page += &format!("<h2>{}</h2>", text::TYPES);
    for (name, schema) in &known.schemas {
        let schema = escaped(&serde_json::to_string_pretty(schema).unwrap_or_default());
        page += &format!("<h3 id=\"{name}\">{name}</h3><pre>{schema}</pre>");
    }
    page
}

/// What the page says of a route.
fn section(route: &Route, parameters: &[Object]) -> String {
    let about = format!("{} {}: {}.", escaped(route.about), text::FOR, who(route.may));
    let mut section = format!("<h2>{} /api{}</h2><p>{about}</p>", route.method, route.path);
    let row = |one: &Object| {
        let of = |name: &str| escaped(one.get(name).and_then(Value::as_str).unwrap_or_default());
        format!("<li><code>{}</code> ({}): {}</li>", of("name"), of("in"), of("description"))
    };
    if !parameters.is_empty() {
        let rows: String = parameters.iter().map(row).collect();
        section += &format!("<p>{}:</p><ul>{rows}</ul>", text::PARAMETERS);
    }
    if let Some(body) = route.body {
        section += &format!("<p>{}: <a href=\"#{body}\">{body}</a></p>", text::BODY);
    }
    let (status, kind) = route.answer;
    let kind = match kind {
        None => String::new(),
        Some(kind @ (PAGE | OBJECT | ARCHIVE)) => format!(" {kind}"),
        Some(kind) => format!(" <a href=\"#{kind}\">{kind}</a>"),
    };
    let errors = errors(route).iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    section + &format!("<p>{}: {status}{kind}; {errors}</p>", text::ANSWERS)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
