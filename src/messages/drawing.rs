//! Captions of the gallery's drawings.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

texts! {
    // What is drawn.
    NEUTROPHIL = "a neutrophil";
    LYMPHOCYTE = "a lymphocyte";
    MONOCYTE = "a monocyte";
    CHEST_WITH_PATCH = "a child's chest with a patch in one lung, as pneumonia makes it";
    CHEST_CLEAR = "a child's chest without pneumonia";
    CELL_WITH_RING = "a red blood cell with a malaria parasite, a ring with a dot";
    CELL_EMPTY = "a red blood cell without a parasite";
    NAEVUS = "a mole (naevus)";
    MELANOMA = "a melanoma";
    VASCULAR = "a knot of vessels (vascular lesion)";
    BRAIN_WITH_MASS = "a head with a tumour as large as a plum";
    BRAIN_EMPTY = "a head without a tumour";
    BRAIN_WITH_SMALL_MASS = "a head with a tumour as large as a pea";
    BREAST_RAGGED = "a breast with a ragged lesion and its shadow, as a malignant one makes it";
    BREAST_CYST = "a breast with a cyst, a benign lesion";
    BREAST_EMPTY = "a breast without a lesion";
    RETINA = "an eye's ground without retinopathy, in 28 pixels";
    FACE = "a face before a wall";
    /// A drawing's file name, which says that it is one. `of`: what is drawn.
    file_name(of: &str) = "drawing of {of}.bmp";
}

/// What is drawn, and whether the model's answer is wrong.
pub fn drawn(truth: &str, is_wrong: bool) -> String {
    let verdict =
        if is_wrong { " The answer above is another: on this drawing the model is wrong." } else { "" };
    format!("Drawn here: {truth}. No patient ever looked like this.{verdict}")
}
