//! The vault as the page knows it: whether it is open, and the cases in it while it is. The key never leaves the vault's worker, which ends
//! when the vault is locked.

mod case;
mod conflict;
mod hand_over;
mod list;
mod panel;

use super::file_client::unexpected_reply;
use super::report;
use super::request_queue::RequestQueue;
use super::storage;
use crate::case::Case;
use crate::messages::page;
use crate::protocol::companion::{DamagedCase, SavedCase};
use crate::protocol::file_worker::{Reply, Request};
use crate::protocol::vault::{DATABASE, Passphrase, VaultReply, VaultRequest};
use js_sys::{Function, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

pub use case::VaultCase;
pub use list::VaultSection;
pub use panel::VaultPanel;

/// An open vault that is not used for so long is locked.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// How far the vault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked.
    Unknown,
    /// There is none.
    Absent,
    /// It holds so many cases, and is locked.
    Locked(u32),
    /// It is open.
    Open,
    /// It cannot be used, and why.
    Failed(String),
}

/// The vault. Signals: copies share it.
#[derive(Clone, Copy)]
pub struct Vault {
    queue: RequestQueue,
    state: RwSignal<State>,
    cases: RwSignal<Vec<SavedCase>>,
    damaged: RwSignal<Vec<DamagedCase>>,
    /// Whether the form for the passphrase is open.
    is_asking: RwSignal<bool>,
    /// What waits for the vault; each is told whether it was opened.
    waiting: StoredValue<Vec<Function>, LocalStorage>,
    /// Counts the uses, so that only the last one's time limit locks.
    uses: StoredValue<u32>,
}

impl Vault {
    /// Nothing is looked for yet.
    pub fn new() -> Self {
        Self {
            queue: RequestQueue::new(page::vault::STOPPED),
            state: RwSignal::new(State::Unknown),
            cases: RwSignal::default(),
            damaged: RwSignal::default(),
            is_asking: RwSignal::new(false),
            waiting: StoredValue::new_local(Vec::new()),
            uses: StoredValue::new(0),
        }
    }

    /// How far it is.
    pub fn state(self) -> State {
        self.state.get()
    }

    /// The same, without being told when it changes.
    pub fn state_now(self) -> State {
        self.state.get_untracked()
    }

    /// How many cases it holds that are known here.
    pub fn count(self) -> usize {
        self.cases.with_untracked(Vec::len) + self.damaged.with_untracked(Vec::len)
    }

    /// The cases in it, newest first; none while it is locked.
    pub fn cases(self) -> RwSignal<Vec<SavedCase>> {
        self.cases
    }

    /// What in it does not open.
    pub fn damaged(self) -> RwSignal<Vec<DamagedCase>> {
        self.damaged
    }

    /// Whether the form for the passphrase is open.
    pub fn is_asking(self) -> bool {
        self.is_asking.get()
    }

    /// Looks whether there is a vault, unless that is known. Its worker is started only where there may be one.
    pub async fn look(self) {
        if !matches!(self.state.get_untracked(), State::Unknown | State::Failed(_)) {
            return;
        }
        self.state.set(self.found().await);
    }

    async fn found(self) -> State {
        let has_none = storage::databases().await.is_some_and(|all| !all.iter().any(|name| name == DATABASE));
        if has_none {
            return State::Absent;
        }
        match self.ask(VaultRequest::Look).await {
            Ok(VaultReply::Looked(Some(cases))) => State::Locked(cases),
            Ok(_) => State::Absent,
            Err(why) => State::Failed(why),
        }
    }

    /// Asks for the passphrase, unless the vault is open; whether it is then.
    pub async fn is_opened(self) -> Result<bool, String> {
        self.look().await;
        match self.state.get_untracked() {
            State::Open => return Ok(true),
            State::Failed(why) => return Err(why),
            State::Unknown | State::Absent | State::Locked(_) => {}
        }
        let answered = Promise::new(&mut |resolve, _| self.waiting.update_value(|all| all.push(resolve)));
        self.is_asking.set(true);
        Ok(JsFuture::from(answered).await.is_ok_and(|answer| answer.is_truthy()))
    }

    /// Makes the vault, or opens it.
    pub async fn enter(self, passphrase: String) -> Result<(), String> {
        let is_new = matches!(self.state.get_untracked(), State::Absent);
        let passphrase = Passphrase(passphrase);
        let request = if is_new { VaultRequest::Make(passphrase) } else { VaultRequest::Open(passphrase) };
        if let Err(why) = self.ask(request).await {
            // Another tab may have made one, or erased it.
            self.state.set(self.found().await);
            return Err(why);
        }
        if is_new {
            storage::persist();
        }
        self.refresh().await?;
        self.state.set(State::Open);
        self.is_asking.set(false);
        self.go_on(true);
        Ok(())
    }

    /// Closes the form: what waits for the vault is given up.
    pub fn close_form(self) {
        self.is_asking.set(false);
        self.go_on(false);
    }

    /// Locks it: its worker ends, and the key with it.
    pub fn lock(self) {
        self.queue.stop();
        let count = self.count();
        self.cases.set(Vec::new());
        self.damaged.set(Vec::new());
        self.state.update(|state| {
            if *state == State::Open {
                *state = State::Locked(count as u32);
            }
        });
    }

    /// Forgets what was known of it: it was erased, perhaps.
    pub fn forget(self) {
        self.lock();
        self.state.set(State::Unknown);
    }

    /// Keeps a case.
    pub async fn keep(self, case: Case) -> Result<SavedCase, String> {
        // Without zeros at the end, as the companion writes a moment down: by it a case is known again.
        let now = report::now();
        let saved_at = format!("{}Z", now.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.'));
        self.put(VaultRequest::Keep { saved_at, case: Box::new(case) }).await
    }

    /// Puts a changed case in the place of the one with its number.
    pub async fn change(self, case: SavedCase) -> Result<SavedCase, String> {
        self.put(VaultRequest::Change(Box::new(case))).await
    }

    async fn put(self, request: VaultRequest) -> Result<SavedCase, String> {
        let answer = self.ask(request).await;
        self.refresh().await.ok();
        match answer? {
            VaultReply::Kept(case) => Ok(*case),
            _ => Err(unexpected_reply().message),
        }
    }

    /// Deletes a case.
    pub async fn delete(self, id: i64) -> Result<(), String> {
        self.ask(VaultRequest::Delete(id)).await?;
        self.cases.try_update(|cases| cases.retain(|case| case.id != id));
        self.damaged.try_update(|damaged| damaged.retain(|case| case.id != id));
        Ok(())
    }

    /// Fetches all cases anew.
    async fn refresh(self) -> Result<(), String> {
        if let VaultReply::Listed { cases, damaged } = self.ask(VaultRequest::List).await? {
            self.cases.try_set(cases);
            self.damaged.try_set(damaged);
        }
        Ok(())
    }

    async fn ask(self, request: VaultRequest) -> Result<VaultReply, String> {
        self.used();
        let answer = self.queue.ask(&Request::Vault(request), None).await;
        if !self.queue.is_running() && self.state.get_untracked() == State::Open {
            // It stopped by a fault of its own, and the key is gone.
            self.lock();
        }
        match answer.map_err(|problem| problem.message)? {
            (Reply::Vault(reply), _) => Ok(reply),
            _ => Err(unexpected_reply().message),
        }
    }

    fn used(self) {
        self.uses.update_value(|uses| *uses += 1);
        let own = self.uses.get_value();
        set_timeout(
            move || {
                if self.uses.try_get_value() == Some(own) {
                    self.lock();
                }
            },
            IDLE,
        );
    }

    fn go_on(self, is_open: bool) {
        for resolve in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
            // A promise takes any answer.
            resolve.call1(&JsValue::NULL, &is_open.into()).ok();
        }
    }
}

/// Has the vault looked for once, in the background.
pub fn look(vault: Vault) {
    spawn_local(vault.look());
}
