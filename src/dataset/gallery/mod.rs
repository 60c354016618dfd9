//! Synthetic drawings for trying the models, each with its ground truth. They are made from seeds and
//! arithmetic only, so they show no patient, and a correct answer says nothing about performance on patients.
//! `tests/gallery.rs` checks the stated outcomes against the bundles.

mod blood;
mod brain;
mod breast;
mod face;
mod red_cell;
mod retina;
mod skin;
mod thorax;

use crate::dataset::canvas::Canvas;
use crate::examination::{Examination, Verdict};
use crate::messages::drawing;
use serde::{Deserialize, Serialize};

/// A drawing of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GalleryImage {
    /// A neutrophil, a white blood cell.
    Neutrophil,
    /// A lymphocyte, a white blood cell.
    Lymphocyte,
    /// A monocyte, a white blood cell that the model takes for another kind.
    Monocyte,
    /// A chest with an opacity in one lung.
    ChestWithPatch,
    /// A chest without an opacity.
    ChestClear,
    /// A red blood cell with a malaria parasite.
    CellWithRing,
    /// A red blood cell without a parasite.
    CellEmpty,
    /// A naevus.
    Naevus,
    /// A melanoma.
    Melanoma,
    /// A vascular skin lesion.
    Vascular,
    /// A head with a large mass.
    BrainWithMass,
    /// A head without a mass.
    BrainEmpty,
    /// A head with a small mass, which the model misses.
    BrainWithSmallMass,
    /// A breast with an irregular lesion.
    BreastRagged,
    /// A breast with a cyst.
    BreastCyst,
    /// A breast without a lesion.
    BreastEmpty,
    /// A fundus.
    Retina,
    /// A face, which no model knows.
    Face,
}

/// What the models answer for a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The most probable class is correct, and the verdict agrees.
    Right,
    /// The most probable class is correct, but only just.
    Undecided,
    /// The most probable class is wrong.
    Wrong,
    /// No model knows the image.
    Refused,
}

impl GalleryImage {
    /// All drawings, grouped by model, the best one to start with first.
    pub const ALL: [Self; 18] = [
        Self::Neutrophil,
        Self::Lymphocyte,
        Self::Monocyte,
        Self::BrainWithMass,
        Self::BrainEmpty,
        Self::BrainWithSmallMass,
        Self::BreastRagged,
        Self::BreastCyst,
        Self::BreastEmpty,
        Self::ChestWithPatch,
        Self::ChestClear,
        Self::CellWithRing,
        Self::CellEmpty,
        Self::Retina,
        Self::Naevus,
        Self::Melanoma,
        Self::Vascular,
        Self::Face,
    ];

    /// Its file name, which says that it is a drawing.
    pub fn file_name(self) -> String {
        let words = self.truth().split([',', '(']).next().unwrap_or_default();
        drawing::file_name(words.trim_end())
    }

    /// What is drawn, to follow "Drawn here: ".
    pub fn truth(self) -> &'static str {
        match self {
            Self::Neutrophil => drawing::NEUTROPHIL,
            Self::Lymphocyte => drawing::LYMPHOCYTE,
            Self::Monocyte => drawing::MONOCYTE,
            Self::ChestWithPatch => drawing::CHEST_WITH_PATCH,
            Self::ChestClear => drawing::CHEST_CLEAR,
            Self::CellWithRing => drawing::CELL_WITH_RING,
            Self::CellEmpty => drawing::CELL_EMPTY,
            Self::Naevus => drawing::NAEVUS,
            Self::Melanoma => drawing::MELANOMA,
            Self::Vascular => drawing::VASCULAR,
            Self::BrainWithMass => drawing::BRAIN_WITH_MASS,
            Self::BrainEmpty => drawing::BRAIN_EMPTY,
            Self::BrainWithSmallMass => drawing::BRAIN_WITH_SMALL_MASS,
            Self::BreastRagged => drawing::BREAST_RAGGED,
            Self::BreastCyst => drawing::BREAST_CYST,
            Self::BreastEmpty => drawing::BREAST_EMPTY,
            Self::Retina => drawing::RETINA,
            Self::Face => drawing::FACE,
        }
    }

    /// The bundle that knows this kind of image; `None` if none does.
    pub fn bundle(self) -> Option<&'static str> {
        match self {
            Self::Neutrophil | Self::Lymphocyte | Self::Monocyte => Some("blood-cells"),
            Self::ChestWithPatch | Self::ChestClear => Some("chest-pneumonia"),
            Self::CellWithRing | Self::CellEmpty => Some("malaria-cells"),
            Self::Naevus | Self::Melanoma | Self::Vascular => Some("skin-lesion"),
            Self::BrainWithMass | Self::BrainEmpty | Self::BrainWithSmallMass => Some("brain-mri"),
            Self::BreastRagged | Self::BreastCyst | Self::BreastEmpty => Some("breast-ultrasound"),
            Self::Retina => Some("retina-grade"),
            Self::Face => None,
        }
    }

    /// The card's classes that agree with the ground truth.
    pub fn right_answers(self) -> &'static [&'static str] {
        match self {
            Self::Neutrophil => &["neutrophil"],
            Self::Lymphocyte => &["lymphocyte"],
            Self::Monocyte => &["monocyte"],
            Self::ChestWithPatch => &["pneumonia"],
            Self::ChestClear => &["no pneumonia"],
            Self::CellWithRing => &["parasitised"],
            Self::CellEmpty => &["not parasitised"],
            Self::Naevus => &["naevus"],
            Self::Melanoma => &["melanoma"],
            Self::Vascular => &["vascular lesion"],
            Self::BrainWithMass | Self::BrainWithSmallMass => &["glioma", "meningioma", "pituitary tumour"],
            Self::BrainEmpty => &["no tumour"],
            Self::BreastRagged => &["malignant lesion"],
            Self::BreastCyst => &["benign lesion"],
            Self::BreastEmpty => &["no lesion"],
            Self::Retina => &["no retinopathy"],
            Self::Face => &[],
        }
    }

    /// Whether an examination of this drawing gives a wrong class: the verdict may be wrong although the most probable class is right.
    pub fn is_missed(self, examination: &Examination) -> bool {
        let answer = examination.answer.as_ref().filter(|answer| answer.verdict != Verdict::Withheld);
        let first = answer.and_then(|answer| answer.findings.first());
        first.is_some_and(|first| !self.right_answers().contains(&first.label.as_str()))
    }

    /// The models' answer.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Face => Outcome::Refused,
            Self::Monocyte | Self::BrainWithSmallMass => Outcome::Wrong,
            Self::Retina => Outcome::Undecided,
            _ => Outcome::Right,
        }
    }

    /// The drawing as a BMP file.
    pub fn draw(self) -> Vec<u8> {
        self.paint(self.seed()).bmp()
    }

    fn paint(self, seed: u64) -> Canvas {
        match self {
            Self::Neutrophil => blood::neutrophil(seed),
            Self::Lymphocyte => blood::lymphocyte(seed),
            Self::Monocyte => blood::monocyte(seed),
            Self::ChestWithPatch => thorax::patch(seed),
            Self::ChestClear => thorax::clear(seed),
            Self::CellWithRing => red_cell::infected(seed),
            Self::CellEmpty => red_cell::empty(seed),
            Self::Naevus => skin::naevus(seed),
            Self::Melanoma => skin::melanoma(seed),
            Self::Vascular => skin::vascular(seed),
            Self::BrainWithMass => brain::large_mass(seed),
            Self::BrainEmpty => brain::empty(seed),
            Self::BrainWithSmallMass => brain::small_mass(seed),
            Self::BreastRagged => breast::ragged(seed),
            Self::BreastCyst => breast::cyst(seed),
            Self::BreastEmpty => breast::empty(seed),
            Self::Retina => retina::empty(seed),
            Self::Face => face::draw(seed),
        }
    }

    /// The seed of the drawing in the gallery: one with a clear outcome, well within the model's
    /// distribution. All three heads are the same.
    fn seed(self) -> u64 {
        match self {
            Self::Neutrophil => 8,
            Self::Lymphocyte => 5,
            Self::Monocyte => 6,
            Self::ChestWithPatch => 12,
            Self::ChestClear => 60,
            Self::CellWithRing => 63,
            Self::CellEmpty => 3,
            Self::Naevus => 11,
            Self::Melanoma => 9,
            Self::Vascular => 4,
            Self::BrainWithMass | Self::BrainEmpty | Self::BrainWithSmallMass => 7,
            Self::BreastRagged => 2,
            Self::BreastCyst => 5,
            Self::BreastEmpty => 6,
            Self::Retina => 53,
            Self::Face => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_drawing_is_always_the_same_and_no_two_are_alike() {
        let drawings: Vec<Vec<u8>> = GalleryImage::ALL.map(GalleryImage::draw).into();
        assert!(drawings.iter().zip(GalleryImage::ALL).all(|(drawing, sample)| *drawing == sample.draw()));
        let different: BTreeSet<&Vec<u8>> = drawings.iter().collect();
        assert_eq!(different.len(), GalleryImage::ALL.len());
    }

    #[test]
    fn each_has_a_truth_of_its_own_and_only_what_no_model_knows_is_refused() {
        let truths: BTreeSet<&str> = GalleryImage::ALL.map(GalleryImage::truth).into();
        assert_eq!(truths.len(), GalleryImage::ALL.len());
        for sample in GalleryImage::ALL {
            let is_refused = sample.outcome() == Outcome::Refused;
            assert_eq!(is_refused, sample.bundle().is_none(), "{sample:?}");
            assert_eq!(is_refused, sample.right_answers().is_empty(), "{sample:?}");
        }
    }
}
