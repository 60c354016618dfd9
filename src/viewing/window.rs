//! From stored value to brightness: modality LUT, then VOI LUT, then inversion.

use crate::frame::{Frame, FrameFacts, ModalityLut, Samples, VoiLut, WindowLevel};
use crate::messages::viewing as text;

/// Number of different 16-bit values.
const VALUES: usize = 1 << 16;

impl ModalityLut {
    /// The real value of a stored one.
    pub fn real(&self, stored: f64) -> f64 {
        self.slope * stored + self.intercept
    }

    /// Whether a stored value stands for no image.
    pub fn is_padding(&self, stored: u16) -> bool {
        self.padding.is_some_and(|[first, last]| (first..=last).contains(&stored))
    }
}

impl VoiLut {
    /// Brightness of a real value, 0 (darkest) to 1 (brightest) (DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3).
    pub fn brightness(&self, value: f64) -> f64 {
        match self {
            Self::Linear { center, width } => {
                let (middle, half) = (center - 0.5, (width.max(1.0) - 1.0) / 2.0);
                if value <= middle - half {
                    0.0
                } else if value > middle + half {
                    1.0
                } else {
                    (value - middle) / (2.0 * half) + 0.5
                }
            }
            Self::LinearExact { center, width } => {
                ((value - center) / width.max(f64::MIN_POSITIVE) + 0.5).clamp(0.0, 1.0)
            }
            Self::Sigmoid { center, width } => {
                1.0 / (1.0 + (-4.0 * (value - center) / width.max(f64::MIN_POSITIVE)).exp())
            }
            Self::Table { first, values, bits } => {
                let entry = (value - first).round().clamp(0.0, values.len().saturating_sub(1) as f64);
                let highest = ((1u32 << (*bits).min(16)) - 1).max(1);
                f64::from(values.get(entry as usize).copied().unwrap_or(0)) / f64::from(highest)
            }
        }
        .clamp(0.0, 1.0)
    }

    /// Centre and width, in real values. For a table, those of the values that it distinguishes.
    pub fn center_and_width(&self) -> (f64, f64) {
        match self {
            Self::Linear { center, width }
            | Self::LinearExact { center, width }
            | Self::Sigmoid { center, width } => (*center, *width),
            Self::Table { first, values, .. } => {
                let width = values.len().max(1) as f64;
                (first + width / 2.0, width)
            }
        }
    }

    /// The same function with another centre and width; a table becomes linear. The width is at least 1 for
    /// `Linear`, as the standard requires, and above 0 for the others.
    pub fn with(&self, center: f64, width: f64) -> Self {
        match self {
            Self::Sigmoid { .. } => Self::Sigmoid { center, width: width.max(f64::MIN_POSITIVE) },
            Self::Linear { .. } => Self::Linear { center, width: width.max(1.0) },
            Self::LinearExact { .. } | Self::Table { .. } => {
                Self::LinearExact { center, width: width.max(f64::MIN_POSITIVE) }
            }
        }
    }

    /// Changed by dragging `right` and `down`, in hundredths of the window. To the right the width grows
    /// (less contrast); downwards the centre rises (darker). Steps are relative to the width, so that a
    /// narrow window changes finely.
    pub fn dragged(&self, right: f64, down: f64) -> Self {
        let (center, width) = self.center_and_width();
        self.with(center + down / 100.0 * width, width * (right / 100.0).exp())
    }
}

/// The brightness, 0 to 255, of each of the 65536 stored values. Inversion comes last: that of the file
/// (MONOCHROME1) and that of the user cancel each other.
pub fn voi_table(window: &VoiLut, grey: &ModalityLut, is_inverted: bool) -> Vec<u8> {
    let turn = if grey.is_inverted == is_inverted { 0 } else { u8::MAX };
    let shade = |stored: u16| {
        if grey.is_padding(stored) {
            return 0;
        }
        (window.brightness(grey.real(f64::from(stored))) * 255.0).round() as u8 ^ turn
    };
    (0..=u16::MAX).map(shade).collect()
}

/// Counts of each stored value that is image, for percentiles and windows.
pub struct Histogram(Vec<u32>);

impl Histogram {
    /// The histogram of a grey frame; `None` for colour or without pixels.
    pub fn of(frame: &Frame) -> Option<Self> {
        let Samples::Grey(samples) = &frame.samples else { return None };
        let mut counts = vec![0u32; VALUES];
        for sample in samples {
            if let Some(count) = counts.get_mut(usize::from(*sample)) {
                *count += 1;
            }
        }
        if let Some(grey) = &frame.facts.modality_lut {
            let padding = counts.iter_mut().zip(0..=u16::MAX).filter(|(_, stored)| grey.is_padding(*stored));
            padding.for_each(|(count, _)| *count = 0);
        }
        // A frame of nothing but padding has no range.
        counts.iter().any(|count| *count > 0).then_some(Self(counts))
    }

    /// The smallest stored value with at least the fraction `share` of all pixels at or below it.
    pub fn percentile(&self, share: f64) -> u16 {
        let all: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        let wanted = ((share.clamp(0.0, 1.0) * all as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let reached = self.0.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        reached.unwrap_or(VALUES - 1) as u16
    }

    /// The window between two percentiles, `from` and `to` as fractions, in real values. At least one stored
    /// step wide.
    pub fn window(&self, grey: &ModalityLut, from: f64, to: f64) -> VoiLut {
        let ends = [from, to].map(|share| grey.real(f64::from(self.percentile(share))));
        let width = (ends[1] - ends[0]).abs().max(grey.slope.abs()).max(f64::MIN_POSITIVE);
        VoiLut::LinearExact { center: (ends[0] + ends[1]) / 2.0, width }
    }
}

impl FrameFacts {
    /// The window in which a grey frame is shown first: the first that its file proposes, else the measured one. None for colour.
    pub fn first_window(&self, measured: impl FnOnce() -> Option<VoiLut>) -> Option<VoiLut> {
        self.modality_lut.as_ref()?;
        self.windows.first().map(|window| window.shape.clone()).or_else(measured)
    }
}

impl Frame {
    /// Whether a window lies beside the values of a frame: every pixel has the same brightness in it, although the values lie further
    /// apart than the window is wide. A slice of nothing but air is rightly even in a window for organs.
    pub fn is_missed_by(&self, window: &VoiLut) -> bool {
        let (Some(grey), Samples::Grey(samples)) = (&self.facts.modality_lut, &self.samples) else {
            return false;
        };
        if !matches!(window, VoiLut::Linear { .. } | VoiLut::LinearExact { .. }) {
            return false;
        }
        let image = samples.iter().copied().filter(|stored| !grey.is_padding(*stored));
        let (low, high) =
            image.fold((u16::MAX, 0), |(low, high), stored| (low.min(stored), high.max(stored)));
        let [first, last] = [low, high].map(|stored| grey.real(f64::from(stored)));
        let (_, width) = window.center_and_width();
        low < high && window.brightness(first) == window.brightness(last) && (last - first).abs() > width
    }

    /// Windows for any grey frame: the whole range, which is shown first if the file has no window, and the
    /// range from the 1st to the 99th percentile. Empty for colour.
    pub fn measured_windows(&self) -> Vec<WindowLevel> {
        let (Some(grey), Some(histogram)) = (self.facts.modality_lut.as_ref(), Histogram::of(self)) else {
            return vec![];
        };
        let named =
            |name: &str, from, to| WindowLevel { name: name.into(), shape: histogram.window(grey, from, to) };
        vec![named(text::ALL_VALUES, 0.0, 1.0), named(text::PERCENTILES, 0.01, 0.99)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn brightness_is_what_the_standard_computes() {
        // The note in C.11.2.1.2.1: c=2048, w=4096 becomes 0 at x <= 0, 1 at x > 4095, in between (x -
        // 2047.5) / 4095 + 0.5.
        let linear = VoiLut::Linear { center: 2048.0, width: 4096.0 };
        for (x, y) in
            [(-1.0, 0.0), (0.0, 0.0), (1.0, 1.0 / 4095.0), (2047.5, 0.5), (4095.0, 1.0), (4096.0, 1.0)]
        {
            assert!(near(linear.brightness(x), y), "{x}: {}", linear.brightness(x));
        }
        // c=2048, w=1: a threshold at 2047.5.
        let threshold = VoiLut::Linear { center: 2048.0, width: 1.0 };
        assert_eq!([2047.0, 2047.5, 2048.0].map(|x| threshold.brightness(x)), [0.0, 0.0, 1.0]);
        // c=0, w=100: x <= -50 is 0, x > 49 is 1, in between (x + 0.5) / 99 + 0.5.
        let hundred = VoiLut::Linear { center: 0.0, width: 100.0 };
        assert!(near(hundred.brightness(10.0), 10.5 / 99.0 + 0.5));
        assert_eq!([-50.0, 49.5].map(|x| hundred.brightness(x)), [0.0, 1.0]);
        // C.11.2.1.3.2, c=2048, w=4096: x / 4096.
        let exact = VoiLut::LinearExact { center: 2048.0, width: 4096.0 };
        for (x, y) in [(-3.0, 0.0), (0.0, 0.0), (1024.0, 0.25), (4096.0, 1.0), (5000.0, 1.0)] {
            assert!(near(exact.brightness(x), y));
        }
        let sigmoid = VoiLut::Sigmoid { center: 100.0, width: 40.0 };
        assert!(near(sigmoid.brightness(100.0), 0.5));
        assert!(near(sigmoid.brightness(110.0), 1.0 / (1.0 + (-1.0f64).exp())));
        let table = VoiLut::Table { first: -10.0, values: vec![0, 100, 1023], bits: 10 };
        for (x, y) in [(-20.0, 0.0), (-10.0, 0.0), (-9.0, 100.0 / 1023.0), (-8.0, 1.0), (7.0, 1.0)] {
            assert!(near(table.brightness(x), y));
        }
    }

    #[test]
    fn the_voi_table_goes_through_real_values_and_inverts_last() {
        // CT: a stored 1024 plus the offset 32768 is 0 HU with slope 1.
        let mut grey = ModalityLut {
            slope: 1.0,
            intercept: -33792.0,
            unit: "HU".into(),
            is_inverted: false,
            padding: None,
        };
        let lung = VoiLut::LinearExact { center: -600.0, width: 1500.0 };
        let plain = voi_table(&lung, &grey, false);
        // -600 HU is the middle: 127.5, rounded up.
        assert_eq!([plain[33792 - 1400], plain[33792 - 600], plain[33792 + 200]], [0, 128, 255]);
        let turned = voi_table(&lung, &grey, true);
        assert!(plain.iter().zip(&turned).all(|(a, b)| a ^ b == 255));
        grey.is_inverted = true;
        assert_eq!(voi_table(&lung, &grey, false), turned);
        assert_eq!(voi_table(&lung, &grey, true), plain);
    }

    #[test]
    fn windows_are_found_in_the_values() {
        let grey = ModalityLut {
            slope: 2.0,
            intercept: -100.0,
            unit: String::new(),
            is_inverted: false,
            padding: None,
        };
        let facts = FrameFacts {
            width: 100,
            height: 2,
            modality_lut: Some(grey.clone()),
            spacing: None,
            pixel_height: None,
            windows: vec![],
            plane: Default::default(),
        };
        let mut samples: Vec<u16> = (0..200).map(|i| 500 + i / 2).collect();
        samples[0] = 0;
        samples[199] = 60_000;
        let mut frame = Frame { facts, samples: Samples::Grey(samples), overlay: Vec::new() };
        assert_eq!(frame.measured_windows()[0].shape.center_and_width(), (59_900.0, 120_000.0));
        let inner = frame.measured_windows()[1].shape.center_and_width();
        // The second value from below and from above: 500 and 598, doubled by the slope.
        assert_eq!(inner, (998.0, 196.0));
        frame.samples = Samples::Grey(vec![7; 200]);
        assert_eq!(frame.measured_windows()[0].shape.center_and_width(), (-86.0, 2.0));
    }

    #[test]
    fn a_drag_widens_to_the_right_and_darkens_downwards() {
        let window = VoiLut::Linear { center: 40.0, width: 400.0 };
        let VoiLut::Linear { center, width } = window.dragged(100.0, 10.0) else { panic!() };
        assert!(near(center, 80.0) && near(width, 400.0 * 1f64.exp()));
        assert!(window.dragged(0.0, 10.0).brightness(40.0) < window.brightness(40.0));
        assert_eq!(window.dragged(-1e6, 0.0).center_and_width().1, 1.0);
        let table = VoiLut::Table { first: 0.0, values: vec![0, 1, 2, 3], bits: 2 };
        assert_eq!(table.dragged(0.0, 0.0), VoiLut::LinearExact { center: 2.0, width: 4.0 });
    }
}
