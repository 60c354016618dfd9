//! Probabilities from a machine's scores: a sigmoid for each class (Platt 1999, by Newton's method as Lin, Lin and Weng 2007), and of more than
//! two classes their shares of the sum (Zadrozny and Elkan 2002).

use crate::classic::Matrix;

/// For each column of scores `1 / (1 + exp(a score + b))`.
pub(super) struct Sigmoids(Vec<(f64, f64)>);

impl Sigmoids {
    /// Of scores that the machine did not learn from. One column: that of the second of two classes.
    pub fn fit(scores: &Matrix, labels: &[usize]) -> Self {
        let first = usize::from(scores.columns() == 1);
        let column = |column: usize| {
            let own = scores.iter().filter_map(|row| row.get(column)).map(|score| f64::from(*score));
            fit(&own.collect::<Vec<_>>(), &labels.iter().map(|l| *l == column + first).collect::<Vec<_>>())
        };
        Self((0..scores.columns()).map(column).collect())
    }

    pub fn probabilities(&self, scores: &Matrix) -> Vec<Vec<f32>> {
        let of = |row: &[f32]| {
            let each = row.iter().zip(&self.0).map(|(s, (a, b))| sigmoid(a * f64::from(*s) + b) as f32);
            match *each.collect::<Vec<_>>().as_slice() {
                [second] => vec![1.0 - second, second],
                ref all => {
                    let sum: f32 = all.iter().sum::<f32>().max(f32::MIN_POSITIVE);
                    all.iter().map(|p| p / sum).collect()
                }
            }
        };
        scores.iter().map(of).collect()
    }

    pub fn numbers(&self) -> usize {
        2 * self.0.len()
    }
}

/// `1 / (1 + exp(x))`.
fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { (-x).exp() / (1.0 + (-x).exp()) } else { 1.0 / (1.0 + x.exp()) }
}

/// Slope and offset of the most likely sigmoid. Targets are drawn in by one image of each kind, so that none is certain.
fn fit(scores: &[f64], positive: &[bool]) -> (f64, f64) {
    let with = positive.iter().filter(|p| **p).count() as f64;
    let without = positive.len() as f64 - with;
    let target = |is: &bool| if *is { (with + 1.0) / (with + 2.0) } else { 1.0 / (without + 2.0) };
    let targets: Vec<f64> = positive.iter().map(target).collect();
    let loss = |a: f64, b: f64| -> f64 {
        let of = |(score, t): (&f64, &f64)| {
            let x = a * score + b;
            if x >= 0.0 { t * x + (-x).exp().ln_1p() } else { (t - 1.0) * x + x.exp().ln_1p() }
        };
        scores.iter().zip(&targets).map(of).sum()
    };
    let (mut a, mut b) = (0.0, ((without + 1.0) / (with + 1.0)).ln());
    let mut value = loss(a, b);
    for _ in 0..100 {
        // Gradient and Hessian, its diagonal raised a little so that it can be inverted.
        let (mut aa, mut bb, mut ab, mut ga, mut gb) = (1e-12, 1e-12, 0.0, 0.0, 0.0);
        for (score, t) in scores.iter().zip(&targets) {
            let p = sigmoid(a * score + b);
            let (curve, slope) = (p * (1.0 - p), t - p);
            aa += score * score * curve;
            bb += curve;
            ab += score * curve;
            ga += score * slope;
            gb += slope;
        }
        if ga.abs() < 1e-5 && gb.abs() < 1e-5 {
            break;
        }
        let determinant = aa * bb - ab * ab;
        let (da, db) = (-(bb * ga - ab * gb) / determinant, -(aa * gb - ab * ga) / determinant);
        let slope = ga * da + gb * db;
        let steps =
            std::iter::successors(Some(1.0), |step| Some(step / 2.0)).take_while(|step| *step > 1e-10);
        let better = |step: f64| {
            let low = loss(a + step * da, b + step * db);
            (low < value + 1e-4 * step * slope).then_some((step, low))
        };
        let Some((step, low)) = steps.filter_map(better).next() else { break };
        (a, b, value) = (a + step * da, b + step * db, low);
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_scores_get_the_drawn_in_shares() {
        // At score 0 one of four is positive, at score 1 three of four. Two parameters reach each score's mean target exactly; the targets are
        // 5/6 and 1/6.
        let scores = Matrix::new(1, vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let labels = [1, 0, 0, 0, 1, 1, 1, 0];
        let fitted = Sigmoids::fit(&scores, &labels);
        let rows = fitted.probabilities(&scores);
        assert!((rows[0][1] - (5.0 / 6.0 + 3.0 / 6.0) / 4.0).abs() < 1e-4, "{rows:?}");
        assert!((rows[7][1] - (3.0 * 5.0 / 6.0 + 1.0 / 6.0) / 4.0).abs() < 1e-4, "{rows:?}");
        assert!(rows.iter().all(|row| (row[0] + row[1] - 1.0).abs() < 1e-6));
    }
}
