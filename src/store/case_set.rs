//! Sets of cases, each named by its place in the order of their numbers: 0 is the first.

/// A set of cases as bits: quickly joined and counted.
#[derive(Clone, Debug, Default)]
pub(super) struct CaseSet {
    /// Place 0 is the lowest bit of the first.
    bits: Vec<u64>,
    count: usize,
}

impl CaseSet {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn insert(&mut self, place: usize) {
        if place / 64 >= self.bits.len() {
            self.bits.resize(place / 64 + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(place / 64) {
            self.count += usize::from(*bits >> (place % 64) & 1 == 0);
            *bits |= 1 << (place % 64);
        }
    }

    pub fn remove(&mut self, place: usize) {
        if let Some(bits) = self.bits.get_mut(place / 64) {
            self.count -= usize::from(*bits >> (place % 64) & 1 == 1);
            *bits &= !(1 << (place % 64));
        }
    }

    /// Adds all of another set.
    pub fn unite(&mut self, other: &Self) {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        self.bits.iter_mut().zip(&other.bits).for_each(|(bits, other)| *bits |= other);
        self.recount();
    }

    /// Adds all of ascending lists, without counting each.
    pub fn unite_lists(&mut self, lists: &[&Vec<u32>]) {
        for list in lists {
            let most = list.last().map_or(0, |last| *last as usize / 64 + 1);
            if self.bits.len() < most {
                self.bits.resize(most, 0);
            }
            for place in *list {
                if let Some(bits) = self.bits.get_mut(*place as usize / 64) {
                    *bits |= 1 << (place % 64);
                }
            }
        }
        self.recount();
    }

    /// Removes what is not in another set.
    pub fn intersect(&mut self, other: &Self) {
        self.bits.truncate(other.bits.len());
        self.bits.iter_mut().zip(&other.bits).for_each(|(bits, other)| *bits &= other);
        self.recount();
    }

    fn recount(&mut self) {
        self.count = self.bits.iter().map(|bits| bits.count_ones() as usize).sum();
    }

    /// Those below `end`, the last first.
    pub fn descending(&self, end: usize) -> impl Iterator<Item = usize> {
        (0..self.bits.len().min(end / 64 + 1)).rev().flat_map(move |at| {
            let mut bits = self.bits.get(at).copied().unwrap_or_default();
            if at == end / 64 {
                bits &= (1 << (end % 64)) - 1;
            }
            std::iter::from_fn(move || {
                let highest = bits.checked_ilog2()?;
                bits ^= 1 << highest;
                Some(at * 64 + highest as usize)
            })
        })
    }
}

impl FromIterator<usize> for CaseSet {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut all = Self::default();
        places.into_iter().for_each(|place| all.insert(place));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn they_are_sets(
            one in prop::collection::btree_set(0..300_usize, 0..60),
            other in prop::collection::btree_set(0..300_usize, 0..60),
            end in 0..400_usize,
        ) {
            let set = |places: &BTreeSet<usize>| places.iter().copied().collect::<CaseSet>();
            let all = |places: &CaseSet| places.descending(usize::MAX).collect::<BTreeSet<_>>();
            let (mut union, mut both, mut left) = (set(&one), set(&one), set(&one));
            union.unite(&set(&other));
            both.intersect(&set(&other));
            other.iter().for_each(|place| left.remove(*place));
            prop_assert_eq!((union.len(), all(&union)), (one.union(&other).count(), &one | &other));
            let list = |places: &BTreeSet<usize>| places.iter().map(|place| *place as u32).collect::<Vec<_>>();
            let mut listed = CaseSet::default();
            listed.unite_lists(&[&list(&one), &list(&other)]);
            prop_assert_eq!((listed.len(), all(&listed)), (union.len(), all(&union)));
            prop_assert_eq!((both.len(), all(&both)), (one.intersection(&other).count(), &one & &other));
            prop_assert_eq!((left.len(), all(&left)), (one.difference(&other).count(), &one - &other));
            let below: Vec<usize> = one.range(..end).rev().copied().collect();
            prop_assert_eq!(set(&one).descending(end).collect::<Vec<_>>(), below);
        }
    }
}
