//! Which tool groups fit into the tool bar; the others go into its menu.

/// For each group, whether it is shown in a bar of the given `width`. Groups come most important first; each
/// is shown if it still fits, so a short one may follow a long one that did not fit. `more` is the width of
/// the menu button, which is absent if all groups fit. `between` is the gap between neighbours. All lengths
/// in CSS pixels.
pub fn in_row(width: f64, groups: &[f64], more: f64, between: f64) -> Vec<bool> {
    let all: f64 = groups.iter().sum::<f64>() + between * groups.len().saturating_sub(1) as f64;
    if all <= width {
        return vec![true; groups.len()];
    }
    let mut left = width - more;
    let fits = |group: &f64| {
        let needed = group + between;
        let fits = needed <= left;
        left -= if fits { needed } else { 0.0 };
        fits
    };
    groups.iter().map(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_room_stands_in_the_row() {
        let groups = [100.0, 200.0, 150.0, 40.0];
        assert_eq!(in_row(520.0, &groups, 30.0, 10.0), [true; 4]);
        assert_eq!(in_row(519.0, &groups, 30.0, 10.0), [true, true, true, false]);
        // The third does not fit, the fourth does.
        assert_eq!(in_row(400.0, &groups, 30.0, 10.0), [true, true, false, true]);
        assert_eq!(in_row(0.0, &groups, 30.0, 10.0), [false; 4]);
        assert!(in_row(10.0, &[], 30.0, 10.0).is_empty());
    }

    proptest! {
        #[test]
        fn a_row_is_never_wider_than_its_place(width in 0.0f64..2000.0, groups in proptest::collection::vec(1.0f64..400.0, 0..12)) {
            let stands = in_row(width, &groups, 38.0, 17.0);
            let taken: Vec<f64> = groups.iter().zip(&stands).filter(|(_, stands)| **stands).map(|(group, _)| *group).collect();
            let is_all = taken.len() == groups.len();
            let neighbours = taken.len() as f64 - if is_all { 1.0 } else { 0.0 };
            let total = taken.iter().sum::<f64>() + 17.0 * neighbours.max(0.0) + if is_all { 0.0 } else { 38.0 };
            prop_assert!(taken.is_empty() || total <= width + 1e-9, "{total} in {width}");
        }
    }
}
