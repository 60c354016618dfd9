//! The companion as the page knows it: who is logged in there, and the requests that may need a log-in.

use super::net::{self, Method, Refusal};
use crate::account::Role;
use crate::messages::page;
use crate::protocol::companion::{ChangedPassword, FirstAdministrator, LogIn, Session};
use js_sys::{Function, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

const SESSION: &str = "/api/session";
/// Nobody is logged in, or the password is wrong.
const UNAUTHORISED: Option<u16> = Some(401);
/// The role does not allow it, or the history is closed to this page.
const FORBIDDEN: Option<u16> = Some(403);

/// The text of an answer, or why there is none.
type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// How far the page knows who it is to the companion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was asked and has not answered yet.
    Asking,
    /// No companion answers here.
    Absent,
    /// The companion keeps its history closed to this page, and says why.
    Closed(String),
    /// It told.
    Known(Session),
}

/// The companion. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Companion {
    standing: RwSignal<Standing>,
    /// Whether the form for a log-in is open.
    is_asking: RwSignal<bool>,
    /// The token of the link that Lantern printed, for the first administrator.
    token: RwSignal<String>,
    /// Who was logged in last on this page.
    last: RwSignal<Option<String>>,
    /// What waits for a log-in; each is told whether somebody logged in.
    waiting: StoredValue<Vec<Function>, LocalStorage>,
}

impl Companion {
    /// Asks who is logged in. A link for the first administrator opens the form.
    pub fn ask() -> Self {
        let companion = Self {
            standing: RwSignal::new(Standing::Asking),
            is_asking: RwSignal::new(false),
            token: RwSignal::default(),
            last: RwSignal::default(),
            waiting: StoredValue::new_local(Vec::new()),
        };
        companion.refresh();
        companion
    }

    /// Asks anew who is logged in.
    pub fn refresh(self) {
        spawn_local(async move {
            let answer = net::text(Method::Get, SESSION, None).await;
            let standing = match answer.map(|text| serde_json::from_str(&text)) {
                Ok(Ok(session)) => Standing::Known(session),
                Err(Refusal { status: FORBIDDEN, why }) => Standing::Closed(why),
                Ok(Err(_)) | Err(_) => Standing::Absent,
            };
            self.set(standing);
        });
    }

    fn set(self, standing: Standing) {
        if let Standing::Known(Session { name: Some(name), .. }) = &standing {
            self.last.set(Some(name.clone()));
        }
        if self.standing.get_untracked() != standing {
            self.standing.set(standing);
        }
    }

    /// How far the page knows who it is.
    pub fn standing(self) -> Standing {
        self.standing.get()
    }

    /// Whether no companion answers here.
    pub fn is_absent(self) -> bool {
        self.standing.with(|standing| *standing == Standing::Absent)
    }

    fn session(self) -> Option<Session> {
        self.standing.with(|standing| match standing {
            Standing::Known(session) => Some(session.clone()),
            _ => None,
        })
    }

    /// The account that is logged in; none also where no log-in is needed.
    pub fn name(self) -> Option<String> {
        self.session()?.name
    }

    /// What this page may do; none where nobody is logged in, or no companion has told.
    pub fn role(self) -> Option<Role> {
        self.session()?.role
    }

    /// Whether the companion has accounts, so that one logs in and out.
    pub fn has_accounts(self) -> bool {
        self.session().is_some_and(|session| session.is_needed)
    }

    /// Whether no account exists yet, and one is needed.
    pub fn needs_first(self) -> bool {
        self.session().is_some_and(|session| session.is_needed && session.is_first)
    }

    /// Whether a log-in is needed, and nobody is logged in.
    pub fn is_logged_out(self) -> bool {
        self.session().is_some_and(|session| session.is_needed && session.name.is_none())
    }

    /// Whether saving is offered: a role may forbid it. Where nobody is logged in it is, and asks for the log-in.
    pub fn may_save(self) -> bool {
        self.role().is_none_or(Role::saves)
    }

    /// Whether accounts, audit log and erasing are offered.
    pub fn may_manage(self) -> bool {
        self.role().is_some_and(Role::manages)
    }

    /// Whether the form for a log-in is open.
    pub fn is_asking(self) -> bool {
        self.is_asking.get()
    }

    /// The token of the link that was opened.
    pub fn token(self) -> RwSignal<String> {
        self.token
    }

    /// Who was logged in last on this page.
    pub fn last(self) -> Option<String> {
        self.last.get()
    }

    /// Opens the form for a log-in.
    pub fn open_form(self) {
        self.is_asking.set(true);
    }

    /// Opens the form for the first administrator with a token.
    pub fn open_with_token(self, token: String) {
        self.token.set(token);
        self.open_form();
    }

    /// Closes the form without a log-in: what waits for one is given up.
    pub fn close_form(self) {
        self.is_asking.set(false);
        self.go_on(false);
    }

    /// Logs in.
    pub async fn log_in(self, sent: LogIn) -> Result<(), String> {
        self.begin(SESSION, json(&sent)?).await
    }

    /// Makes the first administrator and logs in.
    pub async fn make_first(self, sent: FirstAdministrator) -> Result<(), String> {
        self.begin("/api/first-account", json(&sent)?).await
    }

    async fn begin(self, path: &str, body: String) -> Result<(), String> {
        let text = net::text(Method::Post, path, Some(body)).await.map_err(|refusal| refusal.why)?;
        self.set(Standing::Known(read(&text)?));
        self.token.set(String::new());
        self.is_asking.set(false);
        self.go_on(true);
        Ok(())
    }

    /// Logs out.
    pub async fn log_out(self) -> Result<(), String> {
        let answer = net::text(Method::Delete, SESSION, None).await;
        match answer {
            Ok(text) => self.set(Standing::Known(read(&text)?)),
            // It had ended already.
            Err(Refusal { status: UNAUTHORISED, .. }) => self.ended(),
            Err(refusal) => return Err(refusal.why),
        }
        // Who logs in next is somebody else, perhaps.
        self.last.set(None);
        Ok(())
    }

    /// Changes the own password. 401 means here that the old one is wrong.
    pub async fn change_password(self, sent: ChangedPassword) -> Result<(), String> {
        let answer = net::text(Method::Put, "/api/session/password", Some(json(&sent)?)).await;
        answer.map(|_| ()).map_err(|refusal| refusal.why)
    }

    /// Asks the companion. Where nobody is logged in, or the session has ended, the user is asked to log in, and then it is asked again: nothing of
    /// what the user did is lost.
    pub async fn request<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<T, String> {
        read(&self.text(method, path.into(), body).await?)
    }

    /// The same for what the page wants to know by itself: nobody is asked to log in for it.
    pub async fn request_quietly<T: DeserializeOwned>(self, path: &str) -> Result<T, String> {
        read(&net::text(Method::Get, path, None).await.map_err(|refusal| refusal.why)?)
    }

    /// One future for all kinds of answers: each would otherwise hold this code.
    fn text(self, method: Method, path: String, body: Option<String>) -> Answer {
        Box::pin(self.text_after_log_in(method, path, body))
    }

    async fn text_after_log_in(
        self,
        method: Method,
        path: String,
        body: Option<String>,
    ) -> Result<String, String> {
        let last = self.last.get_untracked();
        loop {
            match net::text(method, &path, body.clone()).await {
                Err(Refusal { status: UNAUTHORISED, .. }) => {
                    self.ended();
                    if !self.somebody_logs_in().await {
                        return Err(page::account::NOT_LOGGED_IN.into());
                    }
                    // What one user began is not done in another's name.
                    if last.is_some() && self.last.get_untracked() != last {
                        return Err(page::account::ANOTHER_ACCOUNT.into());
                    }
                }
                Err(refusal) => {
                    if [FORBIDDEN, None].contains(&refusal.status) {
                        // The role may have changed, or the companion is gone; what cannot be done is then not offered any more.
                        self.refresh();
                    }
                    return Err(refusal.why);
                }
                Ok(text) => {
                    if untrack(|| self.is_absent()) {
                        // It is there again.
                        self.refresh();
                    }
                    return Ok(text);
                }
            }
        }
    }

    /// The session is over.
    fn ended(self) {
        let is_first =
            untrack(|| self.session()).is_some_and(|session| session.is_first && session.is_needed);
        self.set(Standing::Known(Session { is_needed: true, is_first, name: None, role: None }));
    }

    /// Waits until somebody has logged in, or does not want to.
    async fn somebody_logs_in(self) -> bool {
        let answered = Promise::new(&mut |resolve, _| self.waiting.update_value(|all| all.push(resolve)));
        self.is_asking.set(true);
        JsFuture::from(answered).await.is_ok_and(|answer| answer.is_truthy())
    }

    fn go_on(self, has_logged_in: bool) {
        for resolve in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            // A promise takes any answer.
            resolve.call1(&JsValue::NULL, &has_logged_in.into()).ok();
        }
    }
}

/// A body as JSON.
pub fn json(body: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(body).map_err(|error| error.to_string())
}

/// An answer; an empty one is `null`.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = if text.is_empty() { "null" } else { text };
    serde_json::from_str(text).map_err(|_| page::fault::NO_HISTORY.into())
}
