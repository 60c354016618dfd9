//! One tree of decisions (Breiman et al. 1984). A leaf answers with `sum of targets / (sum of weights + l2)` and a split maximises the sum of
//! `|sum of targets|^2 / (sum of weights + l2)` over its sides. With one-hot targets and weights of 1 that is Gini's impurity and the
//! classes' shares; with gradients and curvatures it is a step of boosting (Friedman 2001; Chen and Guestrin 2016, formula 7).

use super::bins::Bins;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What a tree may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// Splits between root and leaf at most.
    pub depth: usize,
    /// Rows of a leaf at least.
    pub rows: usize,
    /// Columns that are tried for a split, drawn anew for each; more where none of them divides the rows.
    pub columns: usize,
    /// Weight of the squared answers in the loss: is added to the sum of the weights.
    pub l2: f64,
}

/// What a tree learns from: `outputs` targets and one weight for each row.
#[derive(Clone, Copy)]
pub(super) struct Targets<'a> {
    pub values: &'a [f32],
    pub weights: &'a [f32],
    pub outputs: usize,
}

impl<'a> Targets<'a> {
    /// Targets and weight of a row.
    fn of(self, row: u32) -> (&'a [f32], f32) {
        let (row, outputs) = (row as usize, self.outputs);
        let values = self.values.get(row * outputs..(row + 1) * outputs).unwrap_or_default();
        (values, self.weights.get(row).copied().unwrap_or_default())
    }
}

/// A grown tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The answers of the leaves, `outputs` each.
    answers: Vec<f32>,
    outputs: usize,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// At most `threshold`: the next node; above it, the node `above`.
    Split {
        column: u32,
        threshold: f32,
        above: u32,
    },
    Leaf(u32),
}

/// Sums over rows: of each target, of the weights, and how many.
#[derive(Clone, Debug)]
struct Sums {
    targets: Vec<f64>,
    weight: f64,
    rows: usize,
}

impl Sums {
    fn score(&self, l2: f64) -> f64 {
        let weight = self.weight + l2;
        if weight > 0.0 { self.targets.iter().map(|t| t * t).sum::<f64>() / weight } else { 0.0 }
    }
}

struct Split {
    gain: f64,
    column: usize,
    bin: usize,
}

impl Tree {
    /// Grows on the rows at `rows`, which may hold a row several times.
    pub fn grow(
        bins: &Bins,
        targets: Targets,
        mut rows: Vec<u32>,
        how: Growth,
        random: &mut ChaCha8Rng,
    ) -> Self {
        let mut tree = Self { outputs: targets.outputs, ..Self::default() };
        tree.add(bins, targets, &mut rows, (how, how.depth), random);
        tree
    }

    /// The answer for a row of a table.
    pub fn answer(&self, row: &[f32]) -> &[f32] {
        let mut at = 0usize;
        loop {
            match self.nodes.get(at) {
                Some(Node::Split { column, threshold, above }) => {
                    let below = row.get(*column as usize).is_some_and(|value| value <= threshold);
                    at = if below { at + 1 } else { *above as usize };
                }
                Some(Node::Leaf(leaf)) => {
                    let start = *leaf as usize * self.outputs;
                    return self.answers.get(start..start + self.outputs).unwrap_or_default();
                }
                None => return &[],
            }
        }
    }

    /// How many numbers it keeps.
    pub fn numbers(&self) -> usize {
        3 * self.nodes.len() + self.answers.len()
    }

    fn add(
        &mut self,
        bins: &Bins,
        targets: Targets,
        rows: &mut [u32],
        (how, depth): (Growth, usize),
        random: &mut ChaCha8Rng,
    ) {
        let all = sums(targets, rows);
        let is_open = depth > 0 && rows.len() >= 2 * how.rows && !are_alike(targets, rows);
        let split = if is_open { best(bins, targets, rows, &all, how, random) } else { None };
        let Some(Split { column, bin, .. }) = split else {
            let leaf = self.answers.len() / self.outputs.max(1);
            let weight = (all.weight + how.l2).max(f64::MIN_POSITIVE);
            self.answers.extend(all.targets.iter().map(|target| (target / weight) as f32));
            self.nodes.push(Node::Leaf(leaf as u32));
            return;
        };
        let codes = bins.column(column);
        let is_below = |row: &u32| codes.get(*row as usize).is_some_and(|code| usize::from(*code) <= bin);
        let middle = partition(rows, is_below);
        let (below, above) = rows.split_at_mut(middle);
        let at = self.nodes.len();
        self.nodes.push(Node::Leaf(0));
        self.add(bins, targets, below, (how, depth - 1), random);
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(at) {
            *node = Node::Split { column: column as u32, threshold: bins.edge(column, bin), above: next };
        }
        self.add(bins, targets, above, (how, depth - 1), random);
    }
}

/// Brings the rows that are below to the front; both sides keep their order, so that sums do too. Returns how many are.
fn partition(rows: &mut [u32], is_below: impl Fn(&u32) -> bool) -> usize {
    let (mut sorted, above): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| is_below(row));
    let middle = sorted.len();
    sorted.extend(above);
    rows.copy_from_slice(&sorted);
    middle
}

fn sums(targets: Targets, rows: &[u32]) -> Sums {
    let mut all = Sums { targets: vec![0.0; targets.outputs], weight: 0.0, rows: rows.len() };
    for row in rows {
        let (own, weight) = targets.of(*row);
        all.targets.iter_mut().zip(own).for_each(|(sum, target)| *sum += f64::from(*target));
        all.weight += f64::from(weight);
    }
    all
}

/// Whether all rows have the same targets and weights, so that no split could tell them apart better.
fn are_alike(targets: Targets, rows: &[u32]) -> bool {
    rows.windows(2).all(|pair| matches!(pair, [a, b] if targets.of(*a) == targets.of(*b)))
}

/// The best split by some columns.
fn best(
    bins: &Bins,
    targets: Targets,
    rows: &[u32],
    all: &Sums,
    how: Growth,
    random: &mut ChaCha8Rng,
) -> Option<Split> {
    let mut columns: Vec<u32> = (0..bins.columns() as u32).collect();
    let mut best: Option<Split> = None;
    for tried in 0..columns.len() {
        if tried >= how.columns && best.is_some() {
            break;
        }
        let other = random.random_range(tried as u64..columns.len() as u64) as usize;
        columns.swap(tried, other);
        let column = columns.get(tried).map_or(0, |column| *column as usize);
        let found = along(bins, targets, rows, all, how, column);
        if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.gain > best.gain)) {
            best = Some(found);
        }
    }
    best
}

/// The best split by one column.
fn along(
    bins: &Bins,
    targets: Targets,
    rows: &[u32],
    all: &Sums,
    how: Growth,
    column: usize,
) -> Option<Split> {
    // For each bin: the targets, the weight, and how many rows.
    let width = targets.outputs + 2;
    let mut sums = vec![0f64; bins.count(column) * width];
    let codes = bins.column(column);
    for row in rows {
        let start = codes.get(*row as usize).map_or(0, |code| usize::from(*code)) * width;
        let (own, own_weight) = targets.of(*row);
        if let Some(bin) = sums.get_mut(start..start + width) {
            bin.iter_mut().zip(own).for_each(|(sum, target)| *sum += f64::from(*target));
            if let [.., weight, count] = bin {
                *weight += f64::from(own_weight);
                *count += 1.0;
            }
        }
    }
    let whole = all.score(how.l2);
    let mut below = Sums { targets: vec![0.0; targets.outputs], weight: 0.0, rows: 0 };
    let mut above = all.clone();
    let mut best: Option<Split> = None;
    for (bin, sums) in sums.chunks(width).enumerate() {
        let [targets @ .., weight, count] = sums else { continue };
        if *count == 0.0 {
            continue;
        }
        for ((low, high), target) in below.targets.iter_mut().zip(&mut above.targets).zip(targets) {
            *low += target;
            *high -= target;
        }
        (below.weight, above.weight) = (below.weight + weight, above.weight - weight);
        (below.rows, above.rows) = (below.rows + *count as usize, above.rows.saturating_sub(*count as usize));
        if below.rows < how.rows || above.rows < how.rows {
            continue;
        }
        let gain = below.score(how.l2) + above.score(how.l2) - whole;
        if gain > 1e-9 && best.as_ref().is_none_or(|best| gain > best.gain) {
            best = Some(Split { gain, column, bin });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Matrix;
    use rand::SeedableRng;

    #[test]
    fn two_splits_tell_an_exclusive_or_apart() {
        let table = Matrix::from_rows(
            [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (1.0, 1.0)].map(|(a, b)| vec![a, b]).to_vec(),
        );
        let targets = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0];
        let targets = Targets { values: &targets, weights: &[1.0; 5], outputs: 2 };
        let how = Growth { depth: 9, rows: 1, columns: 2, l2: 0.0 };
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let tree = Tree::grow(&Bins::new(&table), targets, (0..5).collect(), how, &mut random);
        for (row, truth) in table.iter().zip(targets.values.chunks(2)) {
            assert_eq!(tree.answer(row), truth);
        }
        let stump = Growth { depth: 0, ..how };
        let tree = Tree::grow(&Bins::new(&table), targets, (0..5).collect(), stump, &mut random);
        assert_eq!(tree.answer(&[0.0, 0.0]), [0.6, 0.4]);
    }

    #[test]
    fn the_gain_is_the_gini_decrease_by_hand() {
        // Classes a a b b at 0 1 2 3: the middle takes the impurity of 1/2 to 0.
        let table = Matrix::new(1, vec![0.0, 1.0, 2.0, 3.0]);
        let targets = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
        let targets = Targets { values: &targets, weights: &[1.0; 4], outputs: 2 };
        let how = Growth { depth: 1, rows: 1, columns: 1, l2: 0.0 };
        let bins = Bins::new(&table);
        let found = along(&bins, targets, &[0, 1, 2, 3], &sums(targets, &[0, 1, 2, 3]), how, 0).unwrap();
        assert_eq!((found.bin, bins.edge(0, found.bin)), (1, 1.5));
        // n times the decrease of Gini's impurity.
        assert!((found.gain - 4.0 * 0.5).abs() < 1e-12);
    }
}
