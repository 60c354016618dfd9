//! A decoded frame -> the image for a model, as a viewer first shows it: window, then inversion.

use super::Image;
use crate::frame::{Frame, ModalityLut, Samples, VoiLut};
use ::image::{DynamicImage, ImageBuffer};

/// The image of a frame; `None` if its samples do not fill it. Grey becomes 16 bits, black at 0 and white at 65,535. `format` and `bits`
/// are those of the file.
pub fn render(frame: &Frame, format: &'static str, bits: u8) -> Option<Image> {
    let (width, height) = (frame.facts.width, frame.facts.height);
    let measured = || frame.measured_windows().into_iter().next().map(|window| window.shape);
    let window = frame.facts.first_window(measured);
    let pixels = match (&frame.samples, &frame.facts.modality_lut) {
        (Samples::Grey(samples), Some(grey)) => {
            // A frame of nothing but padding has no range, and is black in any window.
            let window = window.unwrap_or(VoiLut::LinearExact { center: 0.0, width: 1.0 });
            let shades = voi_table(&window, grey);
            let shade = |sample: &u16| shades.get(usize::from(*sample)).copied().unwrap_or_default();
            let seen = samples.iter().map(shade).collect();
            DynamicImage::ImageLuma16(ImageBuffer::from_raw(width, height, seen)?)
        }
        (Samples::Rgb(samples), _) => {
            DynamicImage::ImageRgb8(ImageBuffer::from_raw(width, height, samples.clone())?)
        }
        (Samples::Grey(_), None) => return None,
    };
    Some(Image::upright(pixels, format, bits))
}

/// The shade of every value that a sample can have.
fn voi_table(window: &VoiLut, grey: &ModalityLut) -> Vec<u16> {
    let shade = |stored: u16| {
        if grey.is_padding(stored) {
            return 0;
        }
        let brightness = window.brightness(grey.real(f64::from(stored)));
        let brightness = if grey.is_inverted { 1.0 - brightness } else { brightness };
        (brightness * 65_535.0).round() as u16
    };
    (0..=u16::MAX).map(shade).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::plane::Plane;
    use crate::frame::{FrameFacts, WindowLevel};

    #[test]
    fn what_lies_low_in_its_window_stays_dark() {
        let shape = VoiLut::LinearExact { center: 5_000.0, width: 10_000.0 };
        let facts = FrameFacts {
            width: 3,
            height: 1,
            modality_lut: Some(ModalityLut {
                slope: 1.0,
                intercept: 0.0,
                unit: String::new(),
                is_inverted: false,
                padding: None,
            }),
            spacing: None,
            pixel_height: None,
            windows: vec![WindowLevel { name: String::new(), shape }],
            plane: Plane::default(),
        };
        let frame = Frame { facts, samples: Samples::Grey(vec![0, 500, 1_200]), overlay: Vec::new() };
        let image = render(&frame, "DICOM", 16).unwrap();
        assert_eq!(image.pixels().to_luma16().into_raw(), [0, 3_277, 7_864]);
    }
}
