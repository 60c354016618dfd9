//! Whether a photograph is good enough to be looked at: blur, light, glare, and whether something fills it.
//!
//! A photograph is judged as small as a model sees it: a blur that is gone at this size does no harm. Every measure is a pure
//! function of the pixels, so that the page judges the camera's frames as tests judge files. How the limits were chosen and what
//! they keep and refuse: `docs/self-check.md`.

mod measure;

use measure::{Picture, blur, colour_range, detail_radius, glare, light};

/// Longer side at which a photograph is judged, in pixels; a smaller one is judged as it is.
const SIDE: usize = 192;

/// Above this blur ([`Measures::blur`]) a photograph is too blurred.
const BLURRED: f32 = 0.585;
/// Below this luma ([`Measures::light`]) it is too dark.
const DARK: f32 = 66.0;
/// Above this share of the middle ([`Measures::glare`]) light has washed it out.
const WASHED_OUT: f32 = 0.03;
/// Below this distance of colours ([`Measures::colour_range`]) nothing stands out.
const EMPTY: f32 = 48.0;
/// Below this radius ([`Measures::detail_radius`]) what is to be seen is too small.
const FAR: f32 = 0.088;
/// A shorter side of fewer pixels shows too little, however near it was taken.
const FEWEST_PIXELS: usize = 120;

/// Why a photograph had better be taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Too little light.
    Dark,
    /// Too much light, or a reflection.
    Bright,
    /// Nothing stands out: plain skin, a wall, a finger on the lens.
    Empty,
    /// Out of focus, or the hand moved.
    Blurred,
    /// What is to be seen is too small in the picture.
    Far,
}

/// What kind of picture it is, which decides what can be a fault of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One spot on the skin, photographed by the user from some distance.
    Spot,
    /// One spot through a lens that lies on the skin: a small spot is small then, and nobody can go closer.
    Contact,
    /// Whatever a doctor gave: it may be dark, bright or small on purpose, so only blur and emptiness are told.
    Given,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// How little is lost when the picture is blurred once more, 0 to 1: 1 if it was without any detail before. Crete, Dolmiere,
    /// Ladret, Nicolas: The blur effect, SPIE 6492, 2007.
    pub blur: f32,
    /// Luma (Rec. ITU-R BT.601, 0 to 255) that nine tenths of the middle lie below.
    pub light: f32,
    /// Share of the middle, 0 to 1, whose luma is 245 or more: light that the sensor could not tell apart any more.
    pub glare: f32,
    /// Distance in RGB (0 to 441) between the median of the border and what differs most from it, but for one in two hundred.
    pub colour_range: f32,
    /// How widely the strongest edges are spread: the distance from their median place within which two thirds of the strongest
    /// fiftieth of all gradients (Sobel) lie, as a share of the shorter side.
    pub detail_radius: f32,
    /// Pixels of the shorter side, before it was made small.
    pub shorter_side: usize,
}

impl Measures {
    /// Measures an image.
    ///
    /// # Shapes
    /// `samples`: `(height, width, channels)`, 8 bits, of which the first three channels are RGB; a fourth is passed over.
    ///
    /// # Errors
    /// `None` if there are fewer samples than that, fewer than three channels, or too few pixels to measure anything.
    pub fn of(samples: &[u8], (width, height): (usize, usize), channels: usize) -> Option<Self> {
        let picture = Picture::shrunk(samples, (width, height), channels, SIDE)?;
        Some(Self {
            blur: blur(&picture),
            light: light(&picture),
            glare: glare(&picture),
            colour_range: colour_range(&picture),
            detail_radius: detail_radius(&picture),
            shorter_side: width.min(height),
        })
    }

    /// The gravest fault, the one to be mended first; `None` if there is none.
    ///
    /// Light comes first: what is too dark or washed out also looks empty and blurred.
    pub fn fault(&self, kind: Kind) -> Option<Fault> {
        let is_own = kind != Kind::Given;
        let is_far = kind == Kind::Spot && self.detail_radius < FAR;
        let faults = [
            (is_own && self.light < DARK, Fault::Dark),
            (is_own && self.glare > WASHED_OUT, Fault::Bright),
            (self.colour_range < EMPTY, Fault::Empty),
            (self.blur > BLURRED, Fault::Blurred),
            (is_far || is_own && self.shorter_side < FEWEST_PIXELS, Fault::Far),
        ];
        faults.into_iter().find_map(|(is_so, fault)| is_so.then_some(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: (usize, usize) = (240, 180);

    /// A dark spot with a rough edge in the middle of skin, `radius` of the shorter side; `light`: a factor.
    fn spot(radius: f32, light: f32) -> Vec<u8> {
        let (width, height) = SIZE;
        let pixel = |at: usize| {
            let (x, y) = ((at % width) as f32 - 120.0, (at / width) as f32 - 90.0);
            let rough = 1.0 + 0.15 * (y.atan2(x) * 7.0).sin();
            let is_spot = x.hypot(y) < radius * height as f32 * rough;
            let grain = ((at * 7919) % 13) as f32 - 6.0;
            let colour = if is_spot { [110.0, 70.0, 55.0] } else { [200.0, 160.0, 140.0] };
            colour.map(|value: f32| ((value + grain) * light).clamp(0.0, 255.0) as u8)
        };
        (0..width * height).flat_map(pixel).collect()
    }

    fn fault(samples: &[u8]) -> Option<Fault> {
        Measures::of(samples, SIZE, 3).unwrap().fault(Kind::Spot)
    }

    /// The mean of so many pixels in a row, again and again: a hand that moved.
    fn moved(samples: &[u8], by: usize) -> Vec<u8> {
        let at = |i: usize| samples.get(i).copied().unwrap_or_default() as usize;
        let one =
            |i: usize| (0..by).map(|step| at((i + 3 * step).min(samples.len() - 1))).sum::<usize>() / by;
        (0..samples.len()).map(|i| one(i) as u8).collect()
    }

    #[test]
    fn each_fault_is_named_and_a_good_photograph_has_none() {
        assert_eq!(fault(&spot(0.3, 1.0)), None);
        assert_eq!(fault(&spot(0.3, 0.25)), Some(Fault::Dark));
        assert_eq!(fault(&spot(0.3, 1.9)), Some(Fault::Bright));
        assert_eq!(fault(&spot(0.0, 1.0)), Some(Fault::Empty));
        assert_eq!(fault(&spot(0.06, 1.0)), Some(Fault::Far));
        assert_eq!(fault(&moved(&moved(&spot(0.3, 1.0), 14), 14)), Some(Fault::Blurred));
    }

    #[test]
    fn what_a_doctor_gave_may_be_dark_bright_or_small() {
        let through_a_lens = Measures::of(&spot(0.06, 1.0), SIZE, 3).unwrap();
        assert_eq!(through_a_lens.fault(Kind::Contact), None);
        for samples in [spot(0.3, 0.5), spot(0.3, 1.9), spot(0.06, 1.0)] {
            assert_eq!(Measures::of(&samples, SIZE, 3).unwrap().fault(Kind::Given), None);
        }
        let empty = Measures::of(&spot(0.0, 1.0), SIZE, 3).unwrap();
        assert_eq!(empty.fault(Kind::Given), Some(Fault::Empty));
    }

    #[test]
    fn a_large_photograph_is_measured_as_a_small_one() {
        let (width, height) = SIZE;
        let small = spot(0.3, 1.0);
        let large: Vec<u8> = (0..4 * width * height)
            .flat_map(|at| {
                let (x, y) = (at % (2 * width) / 2, at / (2 * width) / 2);
                let from = (y * width + x) * 3;
                [small[from], small[from + 1], small[from + 2], 255]
            })
            .collect();
        let [one, other] = [
            Measures::of(&small, SIZE, 3).unwrap(),
            Measures::of(&large, (2 * width, 2 * height), 4).unwrap(),
        ];
        assert!((one.blur - other.blur).abs() < 0.02, "{one:?} {other:?}");
        assert!(
            (one.light - other.light).abs() < 2.0 && (one.detail_radius - other.detail_radius).abs() < 0.02
        );
    }

    proptest! {
        #[test]
        fn no_pixels_make_it_fail(
            samples in proptest::collection::vec(any::<u8>(), 0..2000),
            width in 0usize..40,
            height in 0usize..40,
            channels in 0usize..5,
        ) {
            if let Some(found) = Measures::of(&samples, (width, height), channels) {
                let all = [found.blur, found.light, found.glare, found.colour_range, found.detail_radius];
                prop_assert!(all.iter().all(|value| value.is_finite()), "{found:?}");
                prop_assert!((0.0..=1.0).contains(&found.blur) && (0.0..=1.0).contains(&found.glare));
                found.fault(Kind::Spot);
            }
        }
    }
}
