//! Whether the page names patients: not until the user asks.

use leptos::prelude::*;

/// Whether patients are named. Nothing keeps it: the next visit begins masked.
#[derive(Clone, Copy)]
pub struct PatientShown(RwSignal<bool>);

impl PatientShown {
    /// Masked, as every visit begins.
    pub fn masked() -> Self {
        Self(RwSignal::new(false))
    }

    /// That of this page.
    pub fn here() -> RwSignal<bool> {
        use_context::<Self>().unwrap_or_else(Self::masked).0
    }
}
