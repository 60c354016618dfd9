//! Orientation letters at the edges of an image.

use super::view::Orientation;
use crate::frame::plane::Direction;

/// The orientation letters at the four edges of an image on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is at the edge it is named after")]
pub struct Edges {
    pub left: Direction,
    pub right: Direction,
    pub top: Direction,
    pub bottom: Direction,
}

/// The letters of an image with the given orientation on the screen. `toward`: the direction of its rows and
/// columns.
pub fn edges(toward: &[Direction; 2], orientation: Orientation) -> Edges {
    let [row, column] = toward;
    let [xx, xy, yx, yy] = orientation.axes();
    let along = |direction: &Direction, sign: f64| {
        if sign < 0.0 { direction.opposite() } else { direction.clone() }
    };
    let (right, bottom) =
        if xx == 0.0 { (along(column, xy), along(row, yx)) } else { (along(row, xx), along(column, yy)) };
    Edges { left: right.opposite(), right, top: bottom.opposite(), bottom }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::plane::from_cosines;

    /// Left, right, top, bottom.
    fn letters(toward: &[Direction; 2], orientation: Orientation) -> [String; 4] {
        let Edges { left, right, top, bottom } = edges(toward, orientation);
        [left, right, top, bottom].map(|edge| edge.letters().to_string())
    }

    #[test]
    fn an_axial_a_coronal_and_a_sagittal_plane_are_told_by_their_letters() {
        for (cosines, expected) in [
            ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], ["R", "L", "A", "P"]),
            ([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], ["R", "L", "H", "F"]),
            ([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], ["A", "P", "H", "F"]),
            // Prone position.
            ([-1.0, 0.0, 0.0, 0.0, -1.0, 0.0], ["L", "R", "P", "A"]),
            // Rotated about the long axis by 30 degrees, and by 5, which gives no second letter.
            ([0.866, 0.5, 0.0, -0.5, 0.866, 0.0], ["RA", "LP", "AL", "PR"]),
            ([0.996, 0.087, 0.0, -0.087, 0.996, 0.0], ["R", "L", "A", "P"]),
        ] {
            let toward = from_cosines(&cosines).unwrap();
            assert_eq!(letters(&toward, Orientation::default()), expected, "{cosines:?}");
        }
    }

    #[test]
    fn letters_follow_turns_and_mirrors_of_the_view() {
        // A frontal radiograph: the patient's left is at the right edge.
        let film = ["L", "F"].map(|letters| Direction::from_letters(letters).unwrap());
        let plain = Orientation::default();
        for (orientation, expected) in [
            (plain, ["R", "L", "H", "F"]),
            (plain.right(), ["F", "H", "R", "L"]),
            (plain.left(), ["H", "F", "L", "R"]),
            (plain.right().right(), ["L", "R", "F", "H"]),
            (plain.flipped(), ["L", "R", "H", "F"]),
            (plain.upended(), ["R", "L", "F", "H"]),
            (plain.right().flipped(), ["H", "F", "R", "L"]),
            (plain.flipped().right(), ["F", "H", "L", "R"]),
        ] {
            assert_eq!(letters(&film, orientation), expected, "{orientation:?}");
        }
    }
}
