//! The vault as its worker keeps it: the key while it is open, and one request after another.

use super::database::{self, Act};
use crate::protocol::Problem;
use crate::protocol::companion::{DamagedCase, SavedCase};
use crate::protocol::file_worker::Reply;
use crate::protocol::vault::{Passphrase, VaultReply, VaultRequest};
use crate::vault::{Error, Vault};
use crate::{case::VersionedCase, worker_port};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// An open vault, and the record of its key, by which it is known that the browser still keeps this one.
struct OpenVault {
    vault: Vault,
    record: String,
}

/// Answers requests in their order, although each takes its time.
#[derive(Default)]
pub(super) struct VaultQueue {
    waiting: RefCell<VecDeque<VaultRequest>>,
    is_busy: Cell<bool>,
    open: RefCell<Option<Rc<OpenVault>>>,
}

impl VaultQueue {
    /// Takes a request, and posts its answer when its turn has come.
    pub fn take(self: &Rc<Self>, request: VaultRequest) {
        self.waiting.borrow_mut().push_back(request);
        if self.is_busy.replace(true) {
            return;
        }
        let queue = self.clone();
        spawn_local(async move {
            while let Some(request) = queue.next() {
                worker_port::post(&match queue.answer(request).await {
                    Ok(reply) => Reply::Vault(reply),
                    Err(error) => Reply::Failed { file: 0, problem: Problem::new(error.to_string()) },
                });
            }
            queue.is_busy.set(false);
        });
    }

    fn next(&self) -> Option<VaultRequest> {
        self.waiting.borrow_mut().pop_front()
    }

    async fn answer(&self, request: VaultRequest) -> Result<VaultReply, Error> {
        match request {
            VaultRequest::Look => look().await,
            VaultRequest::Make(passphrase) => self.make(&passphrase).await,
            VaultRequest::Open(passphrase) => self.open(&passphrase).await,
            VaultRequest::Keep { saved_at, case } => {
                let case = VersionedCase::Whole(case);
                self.keep(SavedCase { id: 0, saved_at, case }).await
            }
            VaultRequest::Change(case) => self.change(*case).await,
            VaultRequest::List => self.list().await,
            VaultRequest::Delete(id) => {
                self.act(async |act, _| act.delete_case(id).await).await?;
                Ok(VaultReply::Deleted)
            }
        }
    }

    async fn make(&self, Passphrase(passphrase): &Passphrase) -> Result<VaultReply, Error> {
        let (vault, record) = Vault::make(passphrase, chance)?;
        database::act(true, async |act| match act.key().await? {
            Some(_) => Err(Error::Exists),
            None => act.put_key(&record).await,
        })
        .await?;
        self.open.replace(Some(Rc::new(OpenVault { vault, record })));
        Ok(VaultReply::Opened)
    }

    async fn open(&self, Passphrase(passphrase): &Passphrase) -> Result<VaultReply, Error> {
        let record = database::act(false, async |act| act.key().await).await?.flatten().ok_or(Error::Gone)?;
        let vault = Vault::open(passphrase, &record, chance)?;
        self.open.replace(Some(Rc::new(OpenVault { vault, record })));
        Ok(VaultReply::Opened)
    }

    async fn keep(&self, mut case: SavedCase) -> Result<VaultReply, Error> {
        self.act(async |act, vault| {
            case.id = act.next_number().await?;
            act.put_case(case.id, &vault.seal(&case)?).await?;
            Ok(VaultReply::Kept(Box::new(case)))
        })
        .await
    }

    async fn change(&self, case: SavedCase) -> Result<VaultReply, Error> {
        self.act(async |act, vault| {
            if !act.has_case(case.id).await? {
                return Err(Error::NoCase { id: case.id });
            }
            act.put_case(case.id, &vault.seal(&case)?).await?;
            Ok(VaultReply::Kept(Box::new(case)))
        })
        .await
    }

    async fn list(&self) -> Result<VaultReply, Error> {
        self.act(async |act, vault| {
            let (mut cases, mut damaged) = (Vec::new(), Vec::new());
            for (id, sealed) in act.cases().await?.into_iter().rev() {
                match vault.unseal(id, &sealed) {
                    Ok(case) => cases.push(case),
                    Err(what) => damaged.push(DamagedCase { id, what: what.into() }),
                }
            }
            Ok(VaultReply::Listed { cases, damaged })
        })
        .await
    }

    /// Acts on the records of the open vault, if the browser still keeps that one.
    async fn act<T>(&self, work: impl AsyncFnOnce(&Act, &Vault) -> Result<T, Error>) -> Result<T, Error> {
        let open = self.open.borrow().clone().ok_or(Error::Locked)?;
        let done = database::act(false, async |act| {
            if act.key().await?.as_deref() != Some(open.record.as_str()) {
                return Err(Error::Gone);
            }
            work(act, &open.vault).await
        })
        .await;
        let done = done.and_then(|done| done.ok_or(Error::Gone));
        if matches!(done, Err(Error::Gone)) {
            self.open.replace(None);
        }
        done
    }
}

async fn look() -> Result<VaultReply, Error> {
    let count = database::act(false, async |act| match act.key().await? {
        Some(_) => Ok(Some(act.numbers().await?.len() as u32)),
        None => Ok(None),
    });
    Ok(VaultReply::Looked(count.await?.flatten()))
}

fn chance(bytes: &mut [u8]) -> bool {
    getrandom04::fill(bytes).is_ok()
}
