//! A companion, a browser, and a page opened in it.

use super::machine::{Browser, Companion, Maker};
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
    /// In Chromium. `None` where there is none.
    pub async fn start(size: (u32, u32), path: &str) -> Option<Self> {
        Self::start_in(Maker::Chromium, size, path).await
    }

    /// `None` where there is no such browser.
    pub async fn start_in(maker: Maker, size: (u32, u32), path: &str) -> Option<Self> {
        if !maker.is_there() {
            return None;
        }
        Some(Self::at(Companion::start(), maker, size, path).await)
    }

    /// At a companion that was started already.
    pub async fn at(companion: Companion, maker: Maker, size: (u32, u32), path: &str) -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let browser = Browser::start(maker, size).await;
        let page = Page::open(&browser.client, &format!("{}{path}", companion.url)).await;
        Self { companion, browser, page, _turn: turn }
    }

    /// Waits until the page is kept for later, so that any further request is an image's.
    pub async fn settled(&self) {
        let kept =
            "return navigator.serviceWorker.getRegistration().then(own => own?.active?.state == 'activated')";
        self.page.until("the service worker", kept).await;
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
