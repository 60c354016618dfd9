//! Who may ask for what: the one place where roles are enforced. Every route goes through [`admit`], because the
//! router is made of [`ROUTES`](super::ROUTES) alone.

use super::app::{self, App};
use super::guard;
use super::problem::Problem;
use super::routes::Route;
use super::visit::Visit;
use crate::account::Role;
use crate::fingerprint::Sha256;
use crate::messages::fault::account as fault;
use crate::store::{By, Sees};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Instant;

/// The name of the session's cookie.
pub(super) const COOKIE_NAME: &str = "lantern_session";
/// The same over https, where a browser takes it only with `Secure` and from this host itself (RFC 6265bis, 4.1.3).
const SECURE_COOKIE_NAME: &str = "__Host-lantern_session";

/// Who may ask for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Everybody, also without an account.
    Anyone,
    /// Every account.
    SignedIn,
    /// These roles.
    Roles(&'static [Role]),
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub role: Role,
    /// Id and name; `None` for whoever sits at this computer while no account exists.
    pub account: Option<(i64, String)>,
}

impl Identity {
    /// The identity as the store and its audit log need it, now.
    pub fn by(&self) -> By {
        let at = app::now();
        let sees = if self.role == Role::Educator { Sees::Own } else { Sees::All };
        match &self.account {
            Some((id, name)) => By { name: name.clone(), account: Some(*id), sees, at },
            None => By::this_computer(at),
        }
    }
}

impl App {
    /// Who sends a request with these headers; `None` if nobody is logged in.
    pub async fn who(&self, visit: Visit, headers: &HeaderMap) -> Result<Option<Identity>, Problem> {
        let (token, limits, trusts) =
            (token(visit, headers), self.settings.sessions, self.settings.trusts_this_computer());
        let now = app::seconds();
        self.ask(move |store| {
            let account = match token {
                Some(token) => store.session(token, now, limits)?,
                None => None,
            };
            if let Some(account) = account {
                return Ok(Some(Identity { role: account.role, account: Some((account.id, account.name)) }));
            }
            let is_open = trusts && !store.has_accounts()?;
            Ok(is_open.then_some(Identity { role: Role::Administrator, account: None }))
        })
        .await
    }

    /// Who sends a request with these headers, if they may.
    async fn admitted(
        &self,
        visit: Visit,
        route: &Route,
        headers: &HeaderMap,
    ) -> Result<Option<Identity>, Problem> {
        if route.body.is_some() {
            guard::check_body(headers)?;
        }
        let who = self.who(visit, headers).await?;
        match refusal(self, route.may, who.as_ref()).await {
            Some(problem) => Err(problem),
            None => Ok(who),
        }
    }
}

/// Lets a request through to its handler if its sender may ask for it, and counts it. The handler finds an
/// [`Identity`], and on routes for anyone an `Option<Identity>`.
pub(super) async fn admit(
    State((app, route)): State<(Arc<App>, &'static Route)>,
    Extension(visit): Extension<Visit>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let mut answer = match app.admitted(visit, route, request.headers()).await {
        Err(problem) => problem.into_response(),
        Ok(who) => {
            if let Some(who) = &who {
                request.extensions_mut().insert(who.clone());
            }
            request.extensions_mut().insert(who);
            next.run(request).await
        }
    };
    // For the log.
    answer.extensions_mut().insert(route);
    app.settings.metrics.count(route, answer.status().as_u16(), began.elapsed());
    answer
}

async fn refusal(app: &App, may: May, who: Option<&Identity>) -> Option<Problem> {
    match (may, who) {
        (May::Anyone, _) => None,
        (_, None) => {
            let is_first = app.ask(|store| store.has_accounts()).await.is_ok_and(|any| !any);
            let detail = if is_first { fault::NO_ACCOUNT_YET } else { fault::LOG_IN };
            Some(Problem(StatusCode::UNAUTHORIZED, detail.into()))
        }
        (May::SignedIn, Some(_)) => None,
        (May::Roles(roles), Some(who)) if roles.contains(&who.role) => None,
        (May::Roles(_), Some(who)) => {
            Some(Problem(StatusCode::FORBIDDEN, fault::not_allowed(who.role.name())))
        }
    }
}

/// The hash of the session's token that a browser sent.
pub(super) fn token(visit: Visit, headers: &HeaderMap) -> Option<Sha256> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut all = cookies.flat_map(|line| line.split(';')).filter_map(|one| one.trim().split_once('='));
    all.find(|(name, _)| *name == cookie_name(visit)).map(|(_, token)| Sha256::of(token.as_bytes()))
}

/// The cookie that begins a session, or with an empty token ends it. Scripts cannot read it, and a browser
/// sends it with requests of this page only.
pub(super) fn cookie(visit: Visit, token: &str, seconds: i64) -> String {
    let (name, secure) = (cookie_name(visit), if visit.is_secure { "; Secure" } else { "" });
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn cookie_name(visit: Visit) -> &'static str {
    if visit.is_secure { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}
