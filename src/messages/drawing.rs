//! Captions of the gallery's drawings.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

// What is drawn.
pub const NEUTROPHIL: &str = "a neutrophil";
pub const LYMPHOCYTE: &str = "a lymphocyte";
pub const MONOCYTE: &str = "a monocyte";
pub const CHEST_WITH_PATCH: &str = "a child's chest with a patch in one lung, as pneumonia makes it";
pub const CHEST_CLEAR: &str = "a child's chest without pneumonia";
pub const CELL_WITH_RING: &str = "a red blood cell with a malaria parasite, a ring with a dot";
pub const CELL_EMPTY: &str = "a red blood cell without a parasite";
pub const NAEVUS: &str = "a mole (naevus)";
pub const MELANOMA: &str = "a melanoma";
pub const VASCULAR: &str = "a knot of vessels (vascular lesion)";
pub const BRAIN_WITH_MASS: &str = "a head with a tumour as large as a plum";
pub const BRAIN_EMPTY: &str = "a head without a tumour";
pub const BRAIN_WITH_SMALL_MASS: &str = "a head with a tumour as large as a pea";
pub const BREAST_RAGGED: &str = "a breast with a ragged lesion and its shadow, as a malignant one makes it";
pub const BREAST_CYST: &str = "a breast with a cyst, a benign lesion";
pub const BREAST_EMPTY: &str = "a breast without a lesion";
pub const RETINA: &str = "an eye's ground without retinopathy, in 28 pixels";
pub const FACE: &str = "a face before a wall";

/// A drawing's file name, which says that it is one. `of`: what is drawn.
pub fn file_name(of: &str) -> String {
    format!("drawing of {of}.bmp")
}

/// What is drawn, and whether the model's answer is wrong.
pub fn drawn(truth: &str, is_wrong: bool) -> String {
    let verdict =
        if is_wrong { " The answer above is another: on this drawing the model is wrong." } else { "" };
    format!("Drawn here: {truth}. No patient ever looked like this.{verdict}")
}
