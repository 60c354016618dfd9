//! Linear support vector machine with squared hinge loss, each class against the rest: the function that liblinear minimises (Fan et al. 2008,
//! L2-regularised L2-loss), `|w|^2 / 2 + C * sum(max(0, 1 - y f)^2)`, the intercept as one more weight; here by L-BFGS.

use super::cross_fit::sigmoids;
use super::linear::Linear;
use super::platt::Sigmoids;
use super::{Classifier, Examples, scored_classes};
use crate::classic::lbfgs::{Limits, minimise};
use crate::classic::{Error, Matrix, Standardisation, Watch, pick};

/// Weight of the loss against the penalty.
const C: f64 = 0.001;
const LIMITS: Limits = Limits { steps: 500, gradient: 1e-4 };

pub(super) struct LinearSvm {
    standardisation: Standardisation,
    linear: Linear,
    sigmoids: Sigmoids,
}

impl LinearSvm {
    pub fn fit(examples: &Examples, seed: u64, watch: Watch) -> Result<Self, Error> {
        let standardisation = Standardisation::fit(examples.table);
        let table = standardisation.apply(examples.table);
        let score = |learn: &[usize], held: &[usize], watch: Watch| {
            let own = pick(examples.labels, learn);
            machine(&table.pick(learn), &own, examples.classes, watch)?.scores(&table.pick(held))
        };
        let sigmoids = sigmoids(examples, seed, &|share| watch(share * 0.7), score)?;
        let linear = machine(&table, examples.labels, examples.classes, &|share| watch(0.7 + share * 0.3))?;
        Ok(Self { standardisation, linear, sigmoids })
    }
}

impl Classifier for LinearSvm {
    fn probabilities(&self, table: &Matrix, _: Watch) -> Result<Vec<Vec<f32>>, Error> {
        Ok(self.sigmoids.probabilities(&self.linear.scores(&self.standardisation.apply(table))?))
    }

    fn numbers(&self) -> usize {
        self.standardisation.numbers() + self.linear.numbers() + self.sigmoids.numbers()
    }
}

/// All classes' machines at once: their losses are summed, and none has a weight in common with another.
fn machine(table: &Matrix, labels: &[usize], classes: usize, watch: Watch) -> Result<Linear, Error> {
    let std::ops::Range { start: first, end } = scored_classes(classes);
    let outputs = end - first;
    let weights = minimise(vec![0.0; (table.columns() + 1) * outputs], LIMITS, watch, |at| {
        let mut scores = Linear::new(outputs, at).scores(table)?;
        let mut loss = 0.0;
        for (row, label) in scores.values_mut().chunks_mut(outputs).zip(labels) {
            for (class, score) in row.iter_mut().enumerate() {
                let side = if class + first == *label { 1.0 } else { -1.0 };
                let lacking = (1.0 - side * *score).max(0.0);
                loss += f64::from(lacking).powi(2);
                *score = -2.0 * side * lacking;
            }
        }
        let mut gradient = table.transposed_times(&scores)?;
        gradient.extend(scores.means().iter().map(|mean| f64::from(*mean) * table.rows() as f64));
        gradient.iter_mut().zip(at).for_each(|(g, w)| *g = *g * C + w);
        Ok((C * loss + at.iter().map(|w| w * w).sum::<f64>() / 2.0, gradient))
    })?;
    Ok(Linear::new(outputs, &weights))
}
