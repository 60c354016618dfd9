//! Differences of neighbouring pixels.

/// Horizontal and vertical difference at each pixel of a square, of its two neighbours; beyond the border the border goes on.
///
/// # Shapes
/// `grey`: `(side, side)`; returns as many pairs.
pub(super) fn differences(grey: &[f32], side: usize) -> Vec<(f32, f32)> {
    let at = |x: usize, y: usize| grey.get(y * side + x).copied().unwrap_or_default();
    let last = side.saturating_sub(1);
    let of = |x: usize, y: usize| {
        let across = at((x + 1).min(last), y) - at(x.saturating_sub(1), y);
        let down = at(x, (y + 1).min(last)) - at(x, y.saturating_sub(1));
        (across, down)
    };
    (0..side).flat_map(|y| (0..side).map(move |x| of(x, y))).collect()
}
