//! The nearest class mean in units of how all images vary (Mahalanobis 1936): on eigenimages this is the face recognition of Turk and Pentland
//! (1991) with whitened axes. Unlike in linear discriminant analysis the variation is that of all images together, not within the classes.

use super::gaussian::{Covariance, centred, class_means};
use super::lda::Lda;
use super::{Classifier, Examples};
use crate::classic::{Error, Matrix, Watch};

pub(super) struct Mahalanobis(Lda);

impl Mahalanobis {
    pub fn fit(examples: &Examples) -> Result<Self, Error> {
        let mean = examples.table.means().iter().map(|mean| f64::from(*mean)).collect();
        let one = vec![0; examples.labels.len()];
        let all = centred(examples.table, &one, &[mean]);
        Ok(Self(Lda::with(Covariance::fit(&all)?, &class_means(examples), examples)?))
    }
}

impl Classifier for Mahalanobis {
    fn probabilities(&self, table: &Matrix, watch: Watch) -> Result<Vec<Vec<f32>>, Error> {
        self.0.probabilities(table, watch)
    }

    fn numbers(&self) -> usize {
        self.0.numbers()
    }
}
