//! Fingerprints of the images in the history, so that the page recognises a file that is dropped again. They are fetched before an
//! image is open: no request tells which image that is.

use super::companion::Companion;
use crate::fingerprint::Sha256;
use crate::protocol::companion::{KeptImage, SavedCase};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The images that were kept, newest first. A signal: copies share it.
#[derive(Clone, Copy)]
pub struct SavedImages(RwSignal<Vec<KeptImage>>);

impl SavedImages {
    /// Asks the companion, once it is known that this page may read its history, and again when somebody else logs in. Without a history nothing is
    /// recognised; the history itself says why.
    pub fn ask(companion: Companion) -> Self {
        let images = RwSignal::new(Vec::new());
        let reader = Memo::new(move |_| companion.role().map(|role| (role, companion.name())));
        Effect::new(move || {
            images.set(Vec::new());
            let Some(who) = reader.get() else { return };
            spawn_local(async move {
                let Ok(before) = companion.kept_images().await else { return };
                if reader.get_untracked() != Some(who) {
                    return;
                }
                // A case may have been kept meanwhile.
                images.update(|images: &mut Vec<KeptImage>| {
                    let newest = images.iter().map(|one| one.id).min().unwrap_or(i64::MAX);
                    images.extend(before.into_iter().filter(|one| one.id < newest));
                });
            });
        });
        Self(images)
    }

    /// The cases of an image, newest first.
    pub fn of(self, image: Sha256) -> Vec<KeptImage> {
        self.0.with(|images| images.iter().filter(|one| one.sha256 == image).cloned().collect())
    }

    /// A case was kept.
    pub fn add(self, saved: &SavedCase) {
        let Some(sha256) = saved.case.image() else { return };
        let image = KeptImage { id: saved.id, saved_at: saved.saved_at.clone(), sha256 };
        self.0.update(|images| images.insert(0, image));
    }

    /// A case was deleted.
    pub fn forget(self, id: i64) {
        self.0.update(|images| images.retain(|one| one.id != id));
    }
}
