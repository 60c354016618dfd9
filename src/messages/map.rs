//! Sentences about heat maps: how they were made, what they show, and when not to rely on them.

use crate::examination::{AGREE_FROM, EMPTY_BELOW, Method};

/// The name of a method.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::Outline => "What it takes for the lesion (outline)",
        Method::Activation => "Where it saw signs (class activation)",
        Method::Occlusion => "Hide and see (occlusion)",
        Method::Gradients => "Pixel by pixel (integrated gradients)",
    }
}

/// What a heat map shows, and what it does not. `of`: the class or finding it was made for.
pub fn caption(method: Method, of: &str) -> String {
    let what = match method {
        Method::Outline => {
            return "Shows what the model takes for the lesion. Its edge is an estimate, not a measurement."
                .into();
        }
        Method::Activation => format!("Class activation: where the model saw what speaks for \"{of}\"."),
        Method::Occlusion => {
            format!("Occlusion: how much of what speaks for \"{of}\" goes when that place is hidden.")
        }
        Method::Gradients => format!(
            "Integrated gradients: what each place adds to what speaks for \"{of}\", from a black image to this one."
        ),
    };
    format!("{what} It does not outline disease.")
}

/// Why not to rely on a heat map: it is empty, or another method disagrees. `strongest`: its maximum, 0 to 1.
/// `agreement` with another method, -1 to 1, where there is one.
pub fn map_warning(strongest: f32, agreement: Option<f32>) -> Option<&'static str> {
    if strongest < EMPTY_BELOW {
        Some(
            "The map is empty: nothing in the picture stood out for this answer. That does not say that nothing is there.",
        )
    } else if agreement.is_some_and(|agreement| agreement < AGREE_FROM) {
        Some("Two ways of asking point to different places: do not lean on either.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_map_and_one_that_another_contradicts_say_so() {
        let empty = map_warning(0.09, None).unwrap();
        assert!(empty.starts_with("The map is empty"), "{empty}");
        // An empty map agrees with nothing; only the emptiness is mentioned.
        assert_eq!(map_warning(0.0, Some(-0.5)), Some(empty));
        let apart = map_warning(0.9, Some(0.29)).unwrap();
        assert!(apart.starts_with("Two ways of asking"), "{apart}");
        assert_eq!((map_warning(0.9, Some(0.3)), map_warning(0.1, None)), (None, None));
    }
}
