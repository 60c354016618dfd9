//! Draws a frame and what lies over it into two canvases. What did not change is kept: dragging the window only looks brightness up.

use super::source::Overlay;
use super::state::DisplaySettings;
use crate::frame::{Frame, ModalityLut, VoiLut};
use crate::viewing::planes;
use crate::viewing::render::{Pyramid, Resampled, Sampling};
use crate::viewing::view::{Transform, ViewLayout};
use crate::viewing::voi_table;
use std::rc::Rc;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The most pixels of a canvas; larger ones are computed coarser and stretched, so that a drag stays smooth on any screen.
const MOST_PIXELS: f64 = 4.2e6;

/// What is to be seen in a viewport.
pub struct Picture {
    /// The frame.
    pub frame: Rc<Frame>,
    /// How it is shown.
    pub setting: DisplaySettings,
    /// The viewport's width and height, in CSS pixels.
    pub viewport: (f64, f64),
    /// What lies over it.
    pub overlay: Option<Rc<Overlay>>,
    /// Whether the file's own overlay planes are shown.
    pub are_planes_shown: bool,
}

/// Where the pixels of a viewport lie in an image, and how values between are found.
type Grid = (Transform, (u32, u32), Sampling);

/// Remembers what was drawn.
#[derive(Default)]
pub struct Painter {
    pyramid: Option<Pyramid>,
    resampled: Option<(Grid, Resampled)>,
    shades: Option<((VoiLut, ModalityLut, bool), Vec<u8>)>,
    pixels: Vec<u32>,
    over: Option<Over>,
}

/// An overlay as a canvas of its own, and where it was drawn last.
struct Over {
    overlay: Rc<Overlay>,
    canvas: HtmlCanvasElement,
    drawn: Option<(Transform, (u32, u32))>,
}

impl Painter {
    /// Draws what is to be seen.
    pub fn draw(
        &mut self,
        picture: &Picture,
        image: &HtmlCanvasElement,
        over: &HtmlCanvasElement,
    ) -> Result<(), JsValue> {
        let (wide, high) = picture.viewport;
        if wide < 1.0 || high < 1.0 {
            return Ok(());
        }
        let ratio = leptos::prelude::window().device_pixel_ratio().max(0.5);
        let ratio = ratio.min((MOST_PIXELS / (wide * high)).sqrt());
        let size = ((wide * ratio).round() as u32, (high * ratio).round() as u32);
        let layout = ViewLayout::new(&picture.frame.facts, picture.viewport);
        let transform = picture.setting.view.transform(&layout).times(ratio);
        self.draw_image(picture, transform, size, image)?;
        self.draw_over(picture, transform, size, over)
    }

    fn draw_image(
        &mut self,
        picture: &Picture,
        transform: Transform,
        size: (u32, u32),
        canvas: &HtmlCanvasElement,
    ) -> Result<(), JsValue> {
        let DisplaySettings { window, is_inverted, sampling, .. } = &picture.setting;
        if let (Some(grey), Some(window)) = (&picture.frame.facts.modality_lut, window) {
            let wanted = (window.clone(), grey.clone(), *is_inverted);
            if self.shades.as_ref().is_none_or(|(made, _)| *made != wanted) {
                self.shades = Some((wanted, voi_table(window, grey, *is_inverted)));
            }
        } else if picture.frame.facts.modality_lut.is_some() {
            return Ok(());
        }
        if self.pyramid.as_ref().is_none_or(|pyramid| !Rc::ptr_eq(pyramid.frame(), &picture.frame)) {
            self.pyramid = Some(Pyramid::new(Rc::clone(&picture.frame)));
            self.resampled = None;
        }
        let key = (transform, size, *sampling);
        if self.resampled.as_ref().is_none_or(|(made, _)| *made != key)
            && let Some(pyramid) = &mut self.pyramid
        {
            self.resampled = Some((key, pyramid.resample(&transform, size, *sampling)));
        }
        let Some((_, resampled)) = &self.resampled else { return Ok(()) };
        let shades = self.shades.as_ref().map(|(_, shades)| shades.as_slice()).unwrap_or_default();
        resampled.paint(shades, *is_inverted, &mut self.pixels);
        if picture.are_planes_shown {
            let Frame { facts, overlay: planes, .. } = &*picture.frame;
            planes::draw(planes, facts.width, &transform, size, &mut self.pixels);
        }
        let context = fit(canvas, size)?;
        let bytes = Clamped(bytemuck::cast_slice(&self.pixels));
        let data = ImageData::new_with_u8_clamped_array_and_sh(bytes, size.0, size.1)?;
        context.put_image_data(&data, 0.0, 0.0)
    }

    /// The picture over the image covers all of it, whatever its own size, and goes through the same map as the image.
    fn draw_over(
        &mut self,
        picture: &Picture,
        transform: Transform,
        size: (u32, u32),
        canvas: &HtmlCanvasElement,
    ) -> Result<(), JsValue> {
        let Some(overlay) = &picture.overlay else {
            self.over = None;
            return fit(canvas, size).map(|context| clear(&context, size));
        };
        if self.over.as_ref().is_none_or(|over| !Rc::ptr_eq(&over.overlay, overlay)) {
            self.over =
                Some(Over { overlay: Rc::clone(overlay), canvas: canvas_of(&overlay.picture)?, drawn: None });
        }
        let Some(over) = self.over.as_mut().filter(|over| over.drawn != Some((transform, size))) else {
            return Ok(());
        };
        let context = fit(canvas, size)?;
        clear(&context, size);
        let facts = &picture.frame.facts;
        let Transform { xx, xy, yx, yy, x0, y0 } = transform;
        context.set_transform(xx, yx, xy, yy, x0, y0)?;
        let share = |whole: u32, part: u32| f64::from(whole) / f64::from(part.max(1));
        let (wide, high) = (over.overlay.picture.width(), over.overlay.picture.height());
        context.scale(share(facts.width, wide), share(facts.height, high))?;
        context.draw_image_with_html_canvas_element(&over.canvas, 0.0, 0.0)?;
        context.reset_transform()?;
        over.drawn = Some((transform, size));
        Ok(())
    }
}

/// A canvas's context, the canvas having the size that is asked for. Setting a size clears it, so it is set only when it changes.
fn fit(canvas: &HtmlCanvasElement, (wide, high): (u32, u32)) -> Result<CanvasRenderingContext2d, JsValue> {
    if (canvas.width(), canvas.height()) != (wide, high) {
        canvas.set_width(wide);
        canvas.set_height(high);
    }
    let context = canvas.get_context("2d")?.ok_or("no drawing here")?;
    Ok(context.dyn_into::<CanvasRenderingContext2d>()?)
}

fn clear(context: &CanvasRenderingContext2d, (wide, high): (u32, u32)) {
    context.clear_rect(0.0, 0.0, wide.into(), high.into());
}

fn canvas_of(picture: &ImageData) -> Result<HtmlCanvasElement, JsValue> {
    let canvas = leptos::prelude::document().create_element("canvas")?.dyn_into::<HtmlCanvasElement>()?;
    fit(&canvas, (picture.width(), picture.height()))?.put_image_data(picture, 0.0, 0.0)?;
    Ok(canvas)
}
