//! A companion, a browser, and a page opened in it.

use super::machine::{self, Browser, Companion};
use super::page::{Dropped, Page};
use lantern::dataset::{Dataset, phantom};
use std::path::{Path, PathBuf};
use tokio::sync::{Mutex, MutexGuard};

pub struct Visit {
    pub companion: Companion,
    pub browser: Browser,
    pub page: Page,
    /// One browser at a time: two on two cores would make the page look slow.
    _turn: MutexGuard<'static, ()>,
}

pub const DESK: (u32, u32) = (1280, 800);

impl Visit {
    /// `None` where there is no Chromium.
    pub async fn start((width, height): (u32, u32), path: &str) -> Option<Self> {
        static TURN: Mutex<()> = Mutex::const_new(());
        if !machine::is_there() {
            return None;
        }
        let turn = TURN.lock().await;
        let (companion, browser) = (Companion::start(), Browser::start(width, height).await);
        let page = Page::open(&browser.client, &format!("{}{path}", companion.url)).await;
        Some(Self { companion, browser, page, _turn: turn })
    }

    /// Waits until the page is kept for later, so that any further request is an image's.
    pub async fn settled(&self) {
        self.page
            .until("the service worker", "return navigator.serviceWorker.controller ? true : null")
            .await;
    }

    /// Goes to an address as if typed: the page starts anew.
    pub async fn again(&mut self, path: &str) {
        self.page = Page::open(&self.browser.client, &format!("{}{path}", self.companion.url)).await;
    }
}

/// A chest phantom, under a file name.
pub fn phantom_file(name: &'static str) -> Dropped {
    Dropped { name, bytes: phantom::chest(7, 512) }
}

/// A data set of the shared folder; `None`, and said so, where it is absent.
pub fn data(archive: &str) -> Option<Dataset> {
    let path = data_folder().join(archive);
    if !path.exists() {
        println!("skipped: no {archive}; set LANTERN_DATA to the folder that holds it");
        return None;
    }
    Some(Dataset::open(&path).unwrap())
}

/// Where the data sets are.
pub fn data_folder() -> PathBuf {
    std::env::var("LANTERN_DATA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from)
}
