//! Images for known answers, which everybody can draw. Real ones would carry patients' pixels into the repository.

use crate::kernels::interleaved;

/// Smooth waves: `count` numbers from 0 to 1.
pub fn waves(count: usize) -> Vec<f32> {
    (0..count).map(|i| 0.5 + 0.5 * (i as f32 * 0.0137).sin()).collect()
}

/// The image that the gate's known answer is for: [`waves`], drawn channel by channel.
///
/// # Shapes
/// Returns `(side, side, channels)`.
pub fn known_image(side: usize, channels: usize) -> Vec<f32> {
    interleaved(&waves(side * side * channels), channels)
}
