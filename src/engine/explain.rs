//! Why an engine answered as it did.

use super::{Engine, Error, Examined, Inference, PICTURE_SIDE};
use crate::explanation::{self, HeatMap, Method};
use crate::imaging::picture::{self, Picture};
use crate::model::Calibration;

/// An explanation of an answer: an overlay for the image, and figures on its reliability.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Over the image.
    pub picture: Picture,
    /// The map's strongest place, 0 to 1; of an outline 1 where there is any. Below [`explanation::EMPTY_BELOW`] it is empty.
    pub strongest: f32,
    /// How well occlusion or gradients agree with class activation, as [`explanation::agreement`] has it; nothing for the other methods,
    /// and where either map points nowhere.
    pub agreement: Option<f32>,
}

impl Engine {
    /// Whether class activation tells one place from another. Where it does not, gradients are the first way to ask why.
    pub fn has_class_maps(&self) -> bool {
        self.bundle.network.has_class_maps()
    }

    /// Why the network answered, drawn over the image. `class`: which of the card's classes it is about, the finding where there
    /// is none. `progress` is told how many steps of how many are done. Nothing for a refused image, for an outline that
    /// the network does not draw, for class activation without [class maps](Engine::has_class_maps), nor without a class where the
    /// card has no finding.
    pub fn explain(
        &self,
        examined: &Examined,
        method: Method,
        class: Option<usize>,
        progress: impl FnMut(usize, usize),
    ) -> Result<Option<Explained>, Error> {
        let Some(Inference { outline, map, side, .. }) = &examined.inference else { return Ok(None) };
        let (size, shown) = (examined.size(), picture::size_over(&examined.image, PICTURE_SIDE));
        if method == Method::Outline {
            let drawn = outline.as_ref().map(|outline| {
                let picture = explanation::outline(outline, map, size, *side, shown);
                let strongest = if outline.strongest() > 0.0 { 1.0 } else { 0.0 };
                Explained { picture, strongest, agreement: None }
            });
            return Ok(drawn);
        }
        let Some(heat) = self.heat(examined, method, class, progress)? else { return Ok(None) };
        // The quickest of the methods is what the others are compared with.
        let other = match method {
            Method::Outline | Method::Activation => None,
            Method::Occlusion | Method::Gradients => {
                self.heat(examined, Method::Activation, class, |_, _| ())?
            }
        };
        let agreement = other.and_then(|other| explanation::agreement(&heat, &other));
        let picture = explanation::overlay(&heat, map, size, *side, shown);
        Ok(Some(Explained { picture, strongest: heat.strongest(), agreement }))
    }

    /// The evidence itself, over the model's input; as for [`Engine::explain`].
    fn heat(
        &self,
        examined: &Examined,
        method: Method,
        class: Option<usize>,
        progress: impl FnMut(usize, usize),
    ) -> Result<Option<HeatMap>, Error> {
        let Some(Inference { features, side, .. }) = &examined.inference else { return Ok(None) };
        let (card, network) = (&self.bundle.card, &self.bundle.network);
        let classes = card.classes.len();
        let finding = || card.calibration.one().map(|calibrated| calibrated.finding.clone());
        let own = class
            .map(|class| vec![class])
            .or_else(finding)
            .filter(|own| own.iter().all(|class| *class < classes));
        let Some(own) = own else { return Ok(None) };
        let strong =
            explanation::STRONG * card.calibration.temperature(own.first().copied().unwrap_or_default());
        let about = match card.calibration {
            Calibration::One(_) => explanation::about(classes, &own),
            // The other labels say nothing against this one.
            Calibration::Many(_) => {
                (0..classes).map(|class| f32::from(u8::from(own.contains(&class)))).collect()
            }
        };
        let image = || card.input.prepare(&examined.image).values;
        Ok(Some(match method {
            Method::Outline => return Ok(None),
            Method::Activation if !self.has_class_maps() => return Ok(None),
            Method::Activation => {
                explanation::class_activation(features, network.head_weights(), &about, strong)?
            }
            Method::Occlusion => {
                explanation::occlusion(network, &image(), *side as usize, &about, strong, progress)?
            }
            Method::Gradients => {
                // Black, as beyond the edge of every image.
                let empty: Vec<f32> =
                    card.input.mean.iter().zip(&card.input.std).map(|(mean, d)| -mean / d).collect();
                let network = self.bundle.differentiable()?;
                explanation::gradients(
                    &network,
                    &image(),
                    *side as usize,
                    (&empty, &about),
                    strong,
                    progress,
                )?
            }
        }))
    }

    /// Of the class activation for `class`, the share that lies where `inside` says (row by row, of the image's own size), and
    /// the share of the image that lies there. `None` for a refused image, or where there is no heat.
    pub fn heat_inside(
        &self,
        examined: &Examined,
        class: usize,
        inside: &[bool],
    ) -> Result<Option<(f64, f64)>, Error> {
        let (Some(heat), Some(Inference { map, side, .. })) =
            (self.heat(examined, Method::Activation, Some(class), |_, _| ())?, &examined.inference)
        else {
            return Ok(None);
        };
        let (width, _) = examined.size();
        let (mut all, mut own, mut area) = (0f64, 0f64, 0usize);
        for (index, is_inside) in inside.iter().enumerate() {
            let (x, y) = (index as u32 % width, index as u32 / width);
            let (u, v) = map.to_input((x as f32 + 0.5, y as f32 + 0.5));
            let value = f64::from(heat.at(u / *side as f32, v / *side as f32));
            all += value;
            if *is_inside {
                own += value;
                area += 1;
            }
        }
        Ok((all > 0.0).then(|| (own / all, area as f64 / inside.len().max(1) as f64)))
    }
}
