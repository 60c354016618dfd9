//! The figures that a bundle is measured by: each with its key in a card and its words for people. `docs/figures.md` defines them.

use crate::messages::card;
use crate::model::{Class, MISSED};
use crate::units::Estimate;
use std::collections::BTreeMap;

/// A figure each, by its key.
pub type Figures = BTreeMap<String, Estimate>;

/// Mean over the classes of each one's area under the ROC curve against the rest.
pub const AUC: &str = "auc";
/// The same area for the finding.
pub const FINDING_AUC: &str = "finding_auc";
/// Share of images whose most probable class is the true one.
pub const ACCURACY: &str = "accuracy";
/// Mean over the classes of that share.
pub const BALANCED_ACCURACY: &str = "balanced_accuracy";
/// Of the images with the finding, the share at or above the operating point.
pub const SENSITIVITY: &str = "sensitivity";
pub use crate::model::SPECIFICITY;
/// Expected calibration error.
pub const ECE: &str = "ece";
/// Brier score.
pub const BRIER: &str = "brier";
/// Share of images whose prediction set holds the truth.
pub const SET_COVERAGE: &str = "set_coverage";
/// Mean number of classes in a prediction set.
pub const SET_SIZE: &str = "set_size";
/// Share of images that the gate does not admit.
pub const REFUSED: &str = "refused_share";
/// Mean Dice coefficient of the outlines.
pub const DICE: &str = "dice";
/// Of the images without a lesion, the share with an empty outline.
pub const EMPTY_MASK_SPECIFICITY: &str = "empty_mask_specificity";
/// Share of the class activation that lies inside the lesion.
pub const HEAT_INSIDE_LESION: &str = "heat_inside_lesion";
/// Share of the image that the lesion takes.
pub const LESION_AREA: &str = "lesion_area";
/// What stands before a class's name in the key of its own area under the curve.
const CLASS_AUC: &str = "class_auc.";
/// What stands before a label's name in the key of its own share of missed images.
const LABEL_MISSED: &str = "missed_share.";

/// Which values of a figure are the better ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Large ones.
    Higher,
    /// Small ones: it is an error or a cost.
    Lower,
    /// It says something of the data, not of the model.
    Neither,
}

/// One figure.
#[derive(Clone, Copy, Debug)]
struct Figure {
    key: &'static str,
    words: &'static str,
    better: Better,
    /// Whether it is also given for parts of a split.
    of_parts: bool,
}

const fn figure(key: &'static str, words: &'static str, better: Better, of_parts: bool) -> Figure {
    Figure { key, words, better, of_parts }
}

const ALL: [Figure; 16] = [
    figure(AUC, card::AUC, Better::Higher, true),
    figure(FINDING_AUC, card::FINDING_AUC, Better::Higher, true),
    figure(ACCURACY, card::ACCURACY, Better::Higher, true),
    figure(BALANCED_ACCURACY, card::BALANCED_ACCURACY, Better::Higher, true),
    figure(SENSITIVITY, card::SENSITIVITY, Better::Higher, false),
    figure(SPECIFICITY, card::SPECIFICITY, Better::Higher, false),
    figure(MISSED, card::MISSED, Better::Lower, true),
    figure(ECE, card::ECE, Better::Lower, false),
    figure(BRIER, card::BRIER, Better::Lower, false),
    figure(SET_COVERAGE, card::SET_COVERAGE, Better::Higher, false),
    figure(SET_SIZE, card::SET_SIZE, Better::Lower, false),
    figure(REFUSED, card::REFUSED, Better::Lower, true),
    figure(DICE, card::DICE, Better::Higher, true),
    figure(EMPTY_MASK_SPECIFICITY, card::EMPTY_MASK_SPECIFICITY, Better::Higher, false),
    figure(HEAT_INSIDE_LESION, card::HEAT_INSIDE_LESION, Better::Higher, false),
    figure(LESION_AREA, card::LESION_AREA, Better::Neither, false),
];

/// The key of one class's area under the curve against the rest. `name`: the class's, as in [`Class::name`].
pub fn class_auc(name: &str) -> String {
    format!("{CLASS_AUC}{name}")
}

/// The key of the share of missed images of one label among many. `name`: as of [`class_auc`].
pub fn label_missed(name: &str) -> String {
    format!("{LABEL_MISSED}{name}")
}

/// Whether a figure is such a share.
pub fn is_of_label_missed(key: &str) -> bool {
    key.starts_with(LABEL_MISSED)
}

/// A figure's name for people. `classes`: the card's, for figures of one class.
pub fn words(key: &str, classes: &[Class]) -> String {
    let of_class = || {
        let label = |name: &str| classes.iter().find(|class| class.name == name).map(|class| &class.label);
        let auc = key.strip_prefix(CLASS_AUC).and_then(label).map(|label| card::auc_of(label));
        auc.or_else(|| key.strip_prefix(LABEL_MISSED).and_then(label).map(|label| card::missed_of(label)))
    };
    find(key).map(|figure| figure.words.to_string()).or_else(of_class).unwrap_or_else(|| key.to_string())
}

/// Where a figure stands in a table: as in [`ALL`], those of one class after that of all.
pub fn place(key: &str) -> usize {
    ALL.iter().position(|figure| figure.key == of_all(key)).unwrap_or(ALL.len())
}

/// Which values are the better ones.
pub fn better(key: &str) -> Better {
    find(of_all(key)).map_or(Better::Higher, |figure| figure.better)
}

/// The figure of all classes that stands for the same as that of one class.
fn of_all(key: &str) -> &str {
    match key {
        key if key.starts_with(CLASS_AUC) => AUC,
        key if key.starts_with(LABEL_MISSED) => MISSED,
        key => key,
    }
}

/// Whether a figure is worth giving for a part of a split too.
pub fn is_for_parts(key: &str) -> bool {
    find(key).is_some_and(|figure| figure.of_parts)
}

fn find(key: &str) -> Option<&'static Figure> {
    ALL.iter().find(|figure| figure.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_defined_in_the_documentation() {
        let defined = include_str!("../../docs/figures.md");
        for Figure { key, words, .. } in ALL {
            let row = defined.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
            assert!(row.is_some_and(|row| row.contains(words)), "{key}: {row:?}");
        }
        for of_one in [CLASS_AUC, LABEL_MISSED] {
            assert!(defined.contains(&format!("| `{of_one}NAME` |")));
        }
    }

    #[test]
    fn a_class_is_named_by_its_label() {
        let classes = [Class { name: "ig".into(), label: "immature granulocyte".into() }];
        assert_eq!(words(&class_auc("ig"), &classes), "AUC of immature granulocyte");
        assert_eq!(
            [words(ECE, &classes).as_str(), &words("new_key", &[])],
            ["expected calibration error", "new_key"]
        );
        assert_eq!(
            words(&label_missed("ig"), &classes),
            "with immature granulocyte, headed \"not suspected\""
        );
        assert_eq!((better(&class_auc("ig")), better(ECE)), (Better::Higher, Better::Lower));
        assert_eq!((better(&label_missed("ig")), place(&label_missed("ig"))), (Better::Lower, place(MISSED)));
    }
}
