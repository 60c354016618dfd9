//! Template matching by normalised cross-correlation (Lewis 1995): how well an image fits the typical ones of each class, moved a little.

use super::k_means::k_means;
use super::matrix::dot;
use super::{Error, Matrix, PIXEL_SIDE, Squares, Watch};

/// Templates of a class: the centres of its clusters.
const TEMPLATES: usize = 4;
/// Pixels that a template may be moved by, either way, at the size of [`PIXEL_SIDE`].
const REACH: usize = 2;
/// Side of a template.
const SIDE: usize = PIXEL_SIDE - 2 * REACH;

/// The templates of all classes, in their order.
#[derive(Clone, Debug)]
pub struct Templates {
    /// Of mean 0 and length 1, a row each.
    templates: Matrix,
}

impl Templates {
    /// Learned from images and their classes.
    pub fn fit(
        squares: &Squares,
        labels: &[usize],
        classes: usize,
        seed: u64,
        watch: Watch,
    ) -> Result<Self, Error> {
        let mut rows = Vec::new();
        for class in 0..classes {
            watch(class as f32 / classes as f32)?;
            let own = labels.iter().enumerate().filter(|(_, label)| **label == class);
            let windows =
                own.map(|(image, _)| window(&squares.get(image).pixels(), squares.channels, (REACH, REACH)));
            let clusters =
                k_means(&Matrix::from_rows(windows.collect()), TEMPLATES, seed.wrapping_add(class as u64));
            rows.extend(clusters.centres.iter().map(|centre| normalised(centre.to_vec())));
        }
        Ok(Self { templates: Matrix::from_rows(rows) })
    }

    /// For each image its best correlation with each template, over all moves.
    ///
    /// # Shapes
    /// Returns `(images, templates)`, each -1 to 1.
    pub fn correlations(&self, squares: &Squares, watch: Watch) -> Result<Matrix, Error> {
        squares.table(watch, |square| self.best(&square.pixels(), square.channels))
    }

    fn best(&self, pixels: &[f32], channels: usize) -> Vec<f32> {
        let moves = (0..=2 * REACH).flat_map(|y| (0..=2 * REACH).map(move |x| (x, y)));
        let mut best = vec![-1f32; self.templates.rows()];
        for corner in moves {
            let window = window(pixels, channels, corner);
            for (best, template) in best.iter_mut().zip(self.templates.iter()) {
                *best = best.max(dot(&window, template));
            }
        }
        best
    }

    /// How many numbers it keeps.
    pub fn numbers(&self) -> usize {
        self.templates.values().len()
    }
}

/// A part of an image, of mean 0 and length 1.
fn window(pixels: &[f32], channels: usize, (left, top): (usize, usize)) -> Vec<f32> {
    let rows = (top..top + SIDE).flat_map(|y| {
        let start = (y * PIXEL_SIDE + left) * channels;
        pixels.get(start..start + SIDE * channels).unwrap_or_default()
    });
    normalised(rows.copied().collect())
}

fn normalised(mut values: Vec<f32>) -> Vec<f32> {
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&values, &values).sqrt().max(1e-6);
    values.iter_mut().for_each(|value| *value /= length);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_fits_its_own_template_also_moved_and_brightened() {
        let dot = |x: usize, y: usize, bright: f32| -> Vec<f32> {
            let near = |at: usize| ((at % 28).abs_diff(x).max((at / 28).abs_diff(y)) < 3) as u8;
            (0..28 * 28).map(|at| 0.1 + bright * f32::from(near(at))).collect()
        };
        let mut squares = Squares::new(28, 1);
        for image in [dot(8, 8, 0.8), dot(20, 20, 0.8), dot(10, 9, 0.4)] {
            squares.push(&image);
        }
        let learned = squares.pick(&[0, 1]);
        let templates = Templates::fit(&learned, &[0, 1], 2, 1, &|_| Ok(())).unwrap();
        let found = templates.correlations(&squares, &|_| Ok(())).unwrap();
        assert_eq!(found.columns(), 2);
        assert!((found.row(0)[0] - 1.0).abs() < 1e-4 && found.row(0)[1] < 0.1, "{:?}", found.row(0));
        assert!((found.row(2)[0] - 1.0).abs() < 2e-3 && found.row(2)[1] < 0.1, "{:?}", found.row(2));
    }
}
