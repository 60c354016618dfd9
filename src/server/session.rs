//! Routes to log in and out, to change the own password, and to make the first account.

use super::access::{self, Identity};
use super::app::{self, App, blocking};
use super::object::Object;
use super::problem::Problem;
use super::secret;
use super::visit::Visit;
use crate::account;
use crate::fingerprint::Sha256;
use crate::messages::fault::{account as fault, server};
use crate::messages::why::audit_log as why;
use crate::protocol::companion::{ChangedPassword, FirstAdministrator, LogIn, Session};
use crate::store::{By, StoredAccount};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::{Extension, Json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a log-in waits until others are through.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /api/session`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Option<Identity>>,
) -> Result<Json<Session>, Problem> {
    app.session(who).await.map(Json)
}

/// `POST /api/session`
pub(super) async fn log_in(
    State(app): State<Arc<App>>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    sent: Result<Json<Object<LogIn>>, JsonRejection>,
) -> Result<Response, Response> {
    let Json(Object(LogIn { name, password })) =
        sent.map_err(|error| not_understood(&error).into_response())?;
    // What cannot be a name is one that nobody has, so that long ones fill no memory.
    let name = account::name(&name).unwrap_or_default();
    let account = app.check(&name, password, visit.from, fault::WRONG_PASSWORD).await?;
    app.begin(visit, account, access::token(visit, &headers)).await.map_err(IntoResponse::into_response)
}

/// `DELETE /api/session`
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    Extension(who): Extension<Identity>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = access::token(visit, &headers) {
        app.ask(move |store| store.end_session(&who.by(), token)).await?;
    }
    let session = app.session(app.who(visit, &HeaderMap::new()).await?).await?;
    Ok((AppendHeaders([(SET_COOKIE, access::cookie(visit, "", 0))]), Json(session)).into_response())
}

/// `PUT /api/session/password`
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    Extension(visit): Extension<Visit>,
    Extension(who): Extension<Identity>,
    headers: HeaderMap,
    sent: Result<Json<Object<ChangedPassword>>, JsonRejection>,
) -> Result<StatusCode, Response> {
    let Json(Object(ChangedPassword { old, new })) =
        sent.map_err(|error| not_understood(&error).into_response())?;
    let Some((_, name)) = who.account.clone() else {
        return Err(Problem(StatusCode::CONFLICT, fault::ALREADY.into()).into_response());
    };
    app.check(&name, old, visit.from, fault::WRONG_OLD_PASSWORD).await?;
    let hash = app.hash(&name, new).await.map_err(IntoResponse::into_response)?;
    let kept = access::token(visit, &headers);
    let change = app.ask(move |store| store.set_password(&who.by(), &name, &hash, kept)).await;
    change.map(|()| StatusCode::NO_CONTENT).map_err(IntoResponse::into_response)
}

/// `POST /api/first-account`
pub(super) async fn first_account(
    State(app): State<Arc<App>>,
    Extension(visit): Extension<Visit>,
    sent: Result<Json<Object<FirstAdministrator>>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(Object(FirstAdministrator { token, name, password })) =
        sent.map_err(|error| not_understood(&error))?;
    let name = account::name(&name).map_err(unfit)?;
    let token = Sha256::of(token.as_bytes());
    // A wrong token costs no hashing, so that nobody can keep this computer busy with it.
    app.ask(move |store| store.check_invitation(token, app::seconds())).await?;
    let hash = app.hash(&name, password).await?;
    let account = app
        .ask(move |store| {
            let by = By { name: name.clone(), ..By::nobody(app::now()) };
            store.accept(&by, token, app::seconds(), &name, &hash)?;
            store.account(&name)
        })
        .await?;
    let account =
        account.ok_or_else(|| Problem(StatusCode::INTERNAL_SERVER_ERROR, server::REQUEST_FAILED.into()))?;
    app.begin(visit, account, None).await
}

impl App {
    /// What a browser is told of who asks.
    async fn session(&self, who: Option<Identity>) -> Result<Session, Problem> {
        let is_first = !self.ask(|store| store.has_accounts()).await?;
        let is_needed = !(is_first && self.settings.trusts_this_computer());
        let name = who.as_ref().and_then(|who| who.account.as_ref()).map(|(_, name)| name.clone());
        Ok(Session { is_needed, is_first, name, role: who.map(|who| who.role) })
    }

    /// The account with this name and password. It takes as long if there is no such account.
    async fn check(
        &self,
        name: &str,
        password: String,
        from: IpAddr,
        wrong: &str,
    ) -> Result<StoredAccount, Response> {
        if let Err(wait) = self.attempts.begin(name, from, Instant::now()) {
            let minutes = wait.as_secs().div_ceil(60).max(1);
            let problem = Problem(StatusCode::TOO_MANY_REQUESTS, fault::too_many(minutes));
            return Err(
                (AppendHeaders([(RETRY_AFTER, wait.as_secs().max(1).to_string())]), problem).into_response()
            );
        }
        let compared = self.compare(name, password).await.map_err(|problem| {
            // Nobody's password was wrong.
            self.attempts.undone(name, from);
            problem.into_response()
        });
        match compared? {
            Ok(account) => {
                self.attempts.succeeded(name, from);
                Ok(account)
            }
            Err(target) => {
                let by = By::nobody(app::now());
                let recorded = self.ask(move |store| store.record(&by, "log-in.failed", &target)).await;
                recorded.map_err(IntoResponse::into_response)?;
                Err(Problem(StatusCode::UNAUTHORIZED, wrong.into()).into_response())
            }
        }
    }

    /// The account, or whom the failed log-in was for. A name without account is not written anywhere: it may
    /// be a password in the wrong field.
    async fn compare(&self, name: &str, password: String) -> Result<Result<StoredAccount, String>, Problem> {
        let asked = name.to_string();
        let found = self.ask(move |store| store.account(&asked)).await?;
        let hash = found.as_ref().map_or(secret::DECOY, |account| &account.password).to_string();
        let is_right = self.in_turn(move || secret::is_right(&password, &hash)).await?;
        Ok(match found {
            Some(account) if is_right => Ok(account),
            Some(account) => Err(account.name),
            None => Err(why::UNKNOWN_NAME.into()),
        })
    }

    /// Checks and hashes a new password.
    pub async fn hash(&self, name: &str, password: String) -> Result<String, Problem> {
        account::check_password(name, &password).map_err(unfit)?;
        let hash = self.in_turn(move || secret::hash(&password)).await?;
        hash.map_err(|error| Problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
    }

    /// Works with a password when others are through. The turn ends with the work, which goes on where the request is given up.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem(StatusCode::SERVICE_UNAVAILABLE, fault::BUSY.into());
        let turn = tokio::time::timeout(PATIENCE, self.hashing.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }

    /// Begins a session and ends the browser's earlier one.
    async fn begin(
        &self,
        visit: Visit,
        account: StoredAccount,
        earlier: Option<Sha256>,
    ) -> Result<Response, Problem> {
        let failed = |error: secret::Error| Problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        let (token, limits) = (secret::token().map_err(failed)?, self.settings.sessions);
        let hash = Sha256::of(token.as_bytes());
        let who = Identity { role: account.role, account: Some((account.id, account.name.clone())) };
        let session = Session {
            is_needed: true,
            is_first: false,
            name: Some(account.name.clone()),
            role: Some(account.role),
        };
        self.ask(move |store| {
            if let Some(earlier) = earlier {
                store.end_session(&who.by(), earlier)?;
            }
            store.begin_session(&who.by(), &account, (hash, app::seconds()), limits)
        })
        .await?;
        let cookie = access::cookie(visit, &token, limits.absolute);
        Ok((AppendHeaders([(SET_COOKIE, cookie)]), Json(session)).into_response())
    }
}

pub(super) fn not_understood(error: &JsonRejection) -> Problem {
    Problem(error.status(), fault::NOT_CREDENTIALS.into())
}

pub(super) fn unfit(detail: String) -> Problem {
    Problem(StatusCode::UNPROCESSABLE_ENTITY, detail)
}
