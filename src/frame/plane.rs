//! Orientation and position of a frame in the patient.

use serde::{Deserialize, Serialize};

/// A direction gets a second letter if it deviates from the main axis by at least 15 degrees: the sine of
/// that angle.
const OBLIQUE: f64 = 0.2588;
/// Rows and columns must be perpendicular: the largest cosine between them that is accepted.
const UPRIGHT: f64 = 0.05;
/// Pairs of opposite letters.
const OPPOSITES: [(char, char); 3] = [('L', 'R'), ('P', 'A'), ('H', 'F')];

/// Orientation and position of a frame in the patient; `None` where the file lacks them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// Direction of the rows (from the first column to the last), and of the columns (from the first row to
    /// the last).
    pub toward: Option<[Direction; 2]>,
    /// Position along the plane's normal, in millimetres.
    pub position: Option<f64>,
}

/// A direction in the patient, in the letters of Patient Orientation (0020,0020), the main axis first: left
/// and right, anterior and posterior, head and feet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction(String);

impl Direction {
    /// From a value of Patient Orientation; `None` if it is empty or has other letters.
    pub fn from_letters(letters: &str) -> Option<Self> {
        let letters = letters.trim();
        let is_known = |c: char| OPPOSITES.iter().any(|(a, b)| c == *a || c == *b);
        ((1..=3).contains(&letters.len()) && letters.chars().all(is_known)).then(|| Self(letters.into()))
    }

    /// From direction cosines: x points to the patient's left, y to the back, z to the head (PS3.3,
    /// C.7.6.2.1.1).
    fn from_cosines(cosines: [f64; 3]) -> Self {
        let letter = |(cosine, (positive, negative)): (f64, (char, char))| {
            (cosine.abs(), if cosine < 0.0 { negative } else { positive })
        };
        let mut parts: Vec<(f64, char)> = cosines.into_iter().zip(OPPOSITES).map(letter).collect();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        let told = parts.into_iter().enumerate().filter(|(place, (size, _))| *place == 0 || *size > OBLIQUE);
        Self(told.map(|(_, (_, letter))| letter).collect())
    }

    /// The opposite direction.
    pub fn opposite(&self) -> Self {
        let turn = |c: char| {
            let found = OPPOSITES.iter().find_map(|(a, b)| match c {
                c if c == *a => Some(*b),
                c if c == *b => Some(*a),
                _ => None,
            });
            found.unwrap_or(c)
        };
        Self(self.0.chars().map(turn).collect())
    }

    /// Its letters.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// The cross product of the directions of rows and columns: where the plane faces.
pub fn normal([rx, ry, rz]: [f64; 3], [cx, cy, cz]: [f64; 3]) -> [f64; 3] {
    [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx]
}

/// Directions of rows and columns, from Image Orientation (0020,0037); `None` unless these are two
/// perpendicular axes.
pub fn from_cosines(cosines: &[f64]) -> Option<[Direction; 2]> {
    let &[a, b, c, d, e, f] = cosines else { return None };
    let unit = |[x, y, z]: [f64; 3]| {
        let length = (x * x + y * y + z * z).sqrt();
        (length.is_finite() && length > 0.5).then(|| [x / length, y / length, z / length])
    };
    let (row, column) = (unit([a, b, c])?, unit([d, e, f])?);
    let between: f64 = row.iter().zip(column).map(|(r, c)| r * c).sum();
    (between.abs() < UPRIGHT).then(|| [Direction::from_cosines(row), Direction::from_cosines(column)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_directions_are_refused() {
        for cosines in [&[][..], &[1.0, 0.0, 0.0], &[0.0; 6], &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], &[f64::NAN; 6]]
        {
            assert_eq!(from_cosines(cosines), None, "{cosines:?}");
        }
        for words in ["", " ", "X", "LEFT", "l"] {
            assert_eq!(Direction::from_letters(words), None, "{words}");
        }
    }
}
