//! A frame as it is seen: the window that is shown first, then the inversion.

use crate::imaging::Image;
use crate::viewing::{Frame, Grey, Samples, WindowShape};
use ::image::{DynamicImage, ImageBuffer};

/// The image of a frame; `None` where its samples do not fill it. Grey becomes 16 bits, black at 0 and white at 65,535.
pub(super) fn image(frame: Frame, format: &'static str, bits: u8) -> Option<Image> {
    let (width, height) = (frame.facts.width, frame.facts.height);
    let pixels = match (frame.samples, frame.facts.grey) {
        (Samples::Grey(mut samples), Some(grey)) => {
            let window = frame.facts.windows.into_iter().next().map(|window| window.shape);
            let window = window.unwrap_or_else(|| range(&samples, &grey));
            let shades = shades(&window, &grey);
            for sample in &mut samples {
                *sample = shades.get(usize::from(*sample)).copied().unwrap_or_default();
            }
            DynamicImage::ImageLuma16(ImageBuffer::from_raw(width, height, samples)?)
        }
        (Samples::Rgb(samples), _) => DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, samples)?),
        (Samples::Grey(_), None) => return None,
    };
    Some(Image::decoded(pixels, format, bits))
}

/// From the lowest to the highest value.
fn range(samples: &[u16], grey: &Grey) -> WindowShape {
    let real = |stored: u16| grey.slope * f64::from(stored) + grey.intercept;
    let (low, high) = samples.iter().fold((u16::MAX, 0), |(low, high), v| (low.min(*v), high.max(*v)));
    let (low, high) = (real(low), real(high));
    let width = (high - low).abs().max(grey.slope.abs()).max(1e-6);
    WindowShape::LinearExact { center: (low + high) / 2.0, width }
}

/// The shade of every value that a sample can have.
fn shades(window: &WindowShape, grey: &Grey) -> Vec<u16> {
    let shade = |stored: u16| {
        let brightness = brightness(window, grey.slope * f64::from(stored) + grey.intercept).clamp(0.0, 1.0);
        let brightness = if grey.is_inverted { 1.0 - brightness } else { brightness };
        (brightness * 65_535.0).round() as u16
    };
    (0..=u16::MAX).map(shade).collect()
}

/// PS3.3, C.11.2.1.2 and C.11.2.1.3: 0 for the darkest to 1 for the brightest.
fn brightness(window: &WindowShape, value: f64) -> f64 {
    match window {
        WindowShape::Linear { center, width } if *width <= 1.0 => f64::from(value > center - 0.5),
        WindowShape::Linear { center, width } => (value - (center - 0.5)) / (width - 1.0) + 0.5,
        WindowShape::LinearExact { center, width } => (value - center) / width + 0.5,
        WindowShape::Sigmoid { center, width } => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
        WindowShape::Table { first, values, bits } => {
            let entry = (value - first).round().clamp(0.0, values.len().saturating_sub(1) as f64);
            let brightest = (1u32 << (*bits).min(16)) - 1;
            f64::from(values.get(entry as usize).copied().unwrap_or_default()) / f64::from(brightest.max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_is_the_one_of_the_standard() {
        let near = |window: &WindowShape, value, expected: f64| {
            let got = brightness(window, value).clamp(0.0, 1.0);
            assert!((got - expected).abs() < 1e-9, "{window:?} at {value}: {got} instead of {expected}");
        };
        // The example of C.11.2.1.2: center 2048, width 4096 is the identity of 0 to 4095.
        let linear = WindowShape::Linear { center: 2048.0, width: 4096.0 };
        for value in [0.0, 1.0, 2047.5, 4095.0] {
            near(&linear, value, value / 4095.0);
        }
        // And width 1 is a step above center - 0.5.
        let step = WindowShape::Linear { center: 2048.0, width: 1.0 };
        near(&step, 2047.0, 0.0);
        near(&step, 2048.0, 1.0);
        let exact = WindowShape::LinearExact { center: 0.0, width: 100.0 };
        near(&exact, -50.0, 0.0);
        near(&exact, 25.0, 0.75);
        let sigmoid = WindowShape::Sigmoid { center: 10.0, width: 40.0 };
        near(&sigmoid, 10.0, 0.5);
        near(&sigmoid, 20.0, 1.0 / (1.0 + (-1f64).exp()));
        let table = WindowShape::Table { first: -5.0, values: vec![0, 100, 255], bits: 8 };
        near(&table, -9.0, 0.0);
        near(&table, -4.0, 100.0 / 255.0);
        near(&table, 9.0, 1.0);
    }
}
