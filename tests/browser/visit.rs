//! A companion, a browser, and a page opened in it.

use super::machine::{Browser, BrowserKind, Companion};
use super::page::{Page, TestFile};
use lantern::dataset::phantom;
use lantern::model::Card;
use std::path::Path;
use std::process::Command;
use tokio::sync::{Mutex, MutexGuard};

pub struct Visit {
    pub companion: Companion,
    pub browser: Browser,
    pub page: Page,
    /// One browser at a time: two on two cores would make the page look slow.
    _turn: MutexGuard<'static, ()>,
}

/// Screens, in CSS pixels.
pub const DESK: (u32, u32) = (1280, 800);
pub const PHONE: (u32, u32) = (390, 844);

/// The bundle that is asked about drawings of a chest.
pub const CHEST: &str = "chest-pneumonia";

impl Visit {
    /// In Chromium, or in the browser that `LANTERN_BROWSER` names. `None` where there is none.
    pub async fn start(size: (u32, u32), path: &str) -> Option<Self> {
        Self::start_in(BrowserKind::chosen(), size, path).await
    }

    /// `None` where there is no such browser.
    pub async fn start_in(maker: BrowserKind, size: (u32, u32), path: &str) -> Option<Self> {
        if !maker.is_there() {
            return None;
        }
        Some(Self::at(Companion::start(), maker, size, path).await)
    }

    /// At a companion that was started already.
    pub async fn at(companion: Companion, maker: BrowserKind, size: (u32, u32), path: &str) -> Self {
        Self::with_camera(companion, maker, size, path, None).await
    }

    /// With a camera that shows a film.
    pub async fn with_camera(
        companion: Companion,
        maker: BrowserKind,
        size: (u32, u32),
        path: &str,
        camera: Option<&Path>,
    ) -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let browser = Browser::start(maker, size, camera).await;
        let page = Page::open(&browser, &format!("{}{path}", companion.url)).await;
        Self { companion, browser, page, _turn: turn }
    }

    /// With the chest's model ready, and files that are so many images through.
    pub async fn with(size: (u32, u32), files: &[TestFile], images: usize) -> Option<Self> {
        let visit = Self::start(size, &format!("/?model={CHEST}")).await?;
        visit.page.model_ready().await;
        visit.page.drop_files(files).await;
        visit.page.all_done(images).await;
        Some(visit)
    }

    /// With the drawing of a chest, which the gate refuses, examined all the same.
    pub async fn examined_phantom(size: (u32, u32)) -> Option<Self> {
        let visit = Self::with(size, &[phantom_file("phantom.png")], 1).await?;
        visit.page.overrule(0, CHEST).await;
        Some(visit)
    }

    /// Examines the drawing on a page that was opened anew.
    pub async fn examine_phantom_again(&self) {
        self.page.model_ready().await;
        self.page.drop_files(&[phantom_file("phantom.png")]).await;
        assert_eq!(self.page.all_done(1).await, ["refused"]);
        self.page.overrule(0, CHEST).await;
    }

    /// Waits until the page is kept for later, so that any further request is an image's.
    pub async fn settled(&self) {
        let kept =
            "return navigator.serviceWorker.getRegistration().then(own => own?.active?.state == 'activated')";
        self.page.until("the service worker", kept).await;
    }

    /// Goes to an address as if typed: the page starts anew.
    pub async fn again(&mut self, path: &str) {
        self.page = Page::open(&self.browser, &format!("{}{path}", self.companion.url)).await;
    }
}

/// A chest phantom, under a file name.
pub fn phantom_file(name: &'static str) -> TestFile {
    TestFile { name, bytes: phantom::chest(7, 512) }
}

/// A bundle's card.
pub fn card(id: &str) -> Card {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(id).join("card.json");
    Card::parse(&std::fs::read(path).unwrap()).unwrap()
}

/// What a bundle is called on the page.
pub fn title(id: &str) -> String {
    card(id).about.title
}

/// The probability of pneumonia that the command line gives to the same bytes.
pub fn native_probability(bytes: &[u8]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("image");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lantern"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["examine", "--json", "--overrule", "--model", CHEST])
        .arg(&file)
        .output()
        .unwrap();
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = line["findings"].as_array().unwrap();
    findings.iter().find(|f| f["label"] == "pneumonia").unwrap()["probability"].as_f64().unwrap()
}
