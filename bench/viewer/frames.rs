//! What the viewer computes for a picture on the screen, for the measurement in a browser. The page's own path, without its signals.

#[cfg(target_arch = "wasm32")]
mod doors {
    use lantern::frame::plane::Plane;
    use lantern::frame::{Frame, FrameFacts, ModalityLut, Samples, VoiLut};
    use lantern::viewing::render::{Pyramid, Resampled, Sampling};
    use lantern::viewing::view::{View, ViewLayout};
    use lantern::viewing::voi_table;
    use std::rc::Rc;
    use wasm_bindgen::prelude::*;

    /// A large frame and a viewport.
    #[wasm_bindgen]
    pub struct Frames {
        pyramid: Pyramid,
        grey: ModalityLut,
        size: (u32, u32),
        view: View,
        resampled: Option<Resampled>,
        pixels: Vec<u32>,
    }

    #[wasm_bindgen]
    impl Frames {
        /// `samples`: `side * side` values of 16 bits.
        #[wasm_bindgen(constructor)]
        pub fn new(samples: Vec<u16>, side: u32, wide: u32, high: u32) -> Self {
            let grey = ModalityLut { slope: 1.0, intercept: 0.0, unit: String::new(), is_inverted: false };
            let facts = FrameFacts {
                width: side,
                height: side,
                modality_lut: Some(grey.clone()),
                spacing: None,
                windows: vec![],
                plane: Plane::default(),
            };
            let frame = Rc::new(Frame { facts, samples: Samples::Grey(samples), overlay: Vec::new() });
            let (pyramid, size) = (Pyramid::new(frame), (wide, high));
            Self { pyramid, grey, size, view: View::default(), resampled: None, pixels: vec![] }
        }

        /// The windows found in all values, as for an image that is opened.
        pub fn measure(&self) -> usize {
            self.pyramid.frame().measured_windows().len()
        }

        /// Places the image: zoom against one that fits, and the middle in shares of it.
        pub fn look(&mut self, zoom: f64, x: f64, y: f64) {
            self.view.zoom = zoom;
            self.view.center.x = x;
            self.view.center.y = y;
            let size = (self.size.0.into(), self.size.1.into());
            let transform = self.view.transform(&ViewLayout::new(&self.pyramid.frame().facts, size));
            self.resampled = Some(self.pyramid.resample(&transform, self.size, Sampling::Smooth));
        }

        /// Paints in a window; the bytes stay here, at `pixels`.
        pub fn paint(&mut self, center: f64, width: f64) {
            let shades = voi_table(&VoiLut::Linear { center, width }, &self.grey, false);
            if let Some(resampled) = &self.resampled {
                resampled.paint(&shades, false, &mut self.pixels);
            }
        }

        /// Where the painted bytes begin in memory.
        pub fn pixels(&self) -> *const u32 {
            self.pixels.as_ptr()
        }
    }
}

fn main() {}
