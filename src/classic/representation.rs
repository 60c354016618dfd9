//! What a learner sees of an image: its pixels, features made by hand, or what a model of images says.

use super::features::{gabor, glcm, histogram, hog, lbp};
use super::{Eigenimages, Error, Matrix, Square, Squares, Templates, VisualWords, Watch};
use rayon::prelude::*;

/// The ways to make a row of numbers of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Representation {
    /// The values of 28 x 28 pixels.
    Pixels,
    /// Histograms of oriented gradients.
    Hog,
    /// Local binary patterns.
    Lbp,
    /// Figures of grey-level co-occurrence.
    Glcm,
    /// Histograms and moments of brightness and colour.
    Histogram,
    /// Energy of waves of several directions and lengths.
    Gabor,
    /// All features made by hand, side by side.
    Features,
    /// Correlation with templates of each class.
    Templates,
    /// Coordinates along the eigenimages.
    Eigen,
    /// Counts of visual words.
    Words,
}

impl Representation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pixels,
        Self::Hog,
        Self::Lbp,
        Self::Glcm,
        Self::Histogram,
        Self::Gabor,
        Self::Features,
        Self::Templates,
        Self::Eigen,
        Self::Words,
    ];
    /// Those that [`Self::Features`] puts side by side.
    const BY_HAND: [Self; 5] = [Self::Hog, Self::Lbp, Self::Glcm, Self::Histogram, Self::Gabor];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Hog => "hog",
            Self::Lbp => "lbp",
            Self::Glcm => "glcm",
            Self::Histogram => "histogram",
            Self::Gabor => "gabor",
            Self::Features => "features",
            Self::Templates => "templates",
            Self::Eigen => "eigen",
            Self::Words => "words",
        }
    }

    /// Whether it is learned from images; the others say the same of an image whatever was seen before.
    pub fn is_learned(self) -> bool {
        matches!(self, Self::Templates | Self::Eigen | Self::Words)
    }

    /// Learns what there is to learn from the training images.
    pub fn fit(
        self,
        squares: &Squares,
        labels: &[usize],
        classes: usize,
        seed: u64,
        watch: Watch,
    ) -> Result<FittedRepresentation, Error> {
        let learned = match self {
            Self::Templates => Learned::Templates(Templates::fit(squares, labels, classes, seed, watch)?),
            Self::Eigen => Learned::Eigen(Eigenimages::fit(&pixels(squares), seed, watch)?),
            Self::Words => Learned::Words(VisualWords::fit(squares, seed, watch)?),
            _ => Learned::Nothing,
        };
        Ok(FittedRepresentation { representation: self, learned })
    }
}

/// A representation, ready for any image.
#[derive(Clone, Debug)]
pub struct FittedRepresentation {
    representation: Representation,
    learned: Learned,
}

#[derive(Clone, Debug)]
enum Learned {
    Nothing,
    Templates(Templates),
    Eigen(Eigenimages),
    Words(VisualWords),
}

impl FittedRepresentation {
    /// A row for each image.
    ///
    /// # Errors
    /// Fails if `watch` asks to stop.
    pub fn table(&self, squares: &Squares, watch: Watch) -> Result<Matrix, Error> {
        match &self.learned {
            Learned::Nothing => by_hand(self.representation, squares, watch),
            Learned::Templates(templates) => templates.correlations(squares, watch),
            Learned::Eigen(eigen) => eigen.coordinates(&pixels(squares)),
            Learned::Words(words) => words.count(squares, watch),
        }
    }

    /// Numbers that it keeps, at 4 bytes each.
    pub fn bytes(&self) -> usize {
        4 * match &self.learned {
            Learned::Nothing => 0,
            Learned::Templates(templates) => templates.numbers(),
            Learned::Eigen(eigen) => eigen.numbers(),
            Learned::Words(words) => words.numbers(),
        }
    }
}

fn pixels(squares: &Squares) -> Matrix {
    let rows = (0..squares.len()).into_par_iter().map(|image| squares.get(image).pixels());
    Matrix::from_rows(rows.collect())
}

fn by_hand(representation: Representation, squares: &Squares, watch: Watch) -> Result<Matrix, Error> {
    if representation == Representation::Features {
        let parts = Representation::BY_HAND.iter().zip(0u8..);
        let share = |part: u8, share: f32| (f32::from(part) + share) / Representation::BY_HAND.len() as f32;
        let tables = parts.map(|(one, part)| by_hand(*one, squares, &|done| watch(share(part, done))));
        return Ok(Matrix::beside(&tables.collect::<Result<Vec<_>, _>>()?));
    }
    let describe: fn(&Square) -> Vec<f32> = match representation {
        Representation::Hog => hog,
        Representation::Lbp => lbp,
        Representation::Glcm => glcm,
        Representation::Histogram => histogram,
        Representation::Gabor => gabor,
        _ => |square| square.pixels(),
    };
    squares.table(watch, describe)
}
