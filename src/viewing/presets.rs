//! Window presets.

use crate::frame::{FrameFacts, VoiLut, WindowLevel};
use crate::messages::viewing as text;
use serde::{Deserialize, Serialize};

/// A named window for values of one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// For instance `Lung`.
    pub name: String,
    /// The unit of the values that it suits; it is not offered for others. Empty for values without a unit.
    pub unit: String,
    /// Window centre (level), a real value.
    pub center: f64,
    /// Window width, in real units.
    pub width: f64,
}

/// The usual windows of computed tomography, in Hounsfield units.
pub fn standard() -> Vec<Preset> {
    let usual = [
        (text::ABDOMEN, 50.0, 400.0),
        (text::LUNG, -600.0, 1500.0),
        (text::MEDIASTINUM, 50.0, 350.0),
        (text::BONE, 480.0, 2500.0),
        (text::BRAIN, 40.0, 80.0),
        (text::STROKE, 35.0, 40.0),
        (text::SUBDURAL, 75.0, 215.0),
        (text::LIVER, 60.0, 160.0),
    ];
    let preset = |(name, center, width): (&str, f64, f64)| Preset {
        name: name.into(),
        unit: "HU".into(),
        center,
        width,
    };
    usual.map(preset).into()
}

impl Preset {
    /// Why the preset cannot be saved; `None` if it can.
    pub fn problem(&self) -> Option<&'static str> {
        if self.name.trim().is_empty() {
            Some(text::PRESET_NAMELESS)
        } else if !self.center.is_finite() || !self.width.is_finite() || self.width <= 0.0 {
            Some(text::PRESET_NUMBERS)
        } else {
            None
        }
    }

    /// The preset as a window.
    pub fn window(&self) -> WindowLevel {
        let shape = VoiLut::LinearExact { center: self.center, width: self.width };
        WindowLevel { name: self.name.clone(), shape }
    }
}

/// Windows to offer for a grey frame, in this order: the file's own, those `measured` on its values, the
/// presets for its unit. Empty for colour.
pub fn offered(facts: &FrameFacts, measured: &[WindowLevel], presets: &[Preset]) -> Vec<WindowLevel> {
    let Some(grey) = &facts.modality_lut else { return vec![] };
    let own = facts.windows.iter().zip(1..).map(|(window, number)| {
        let name = match (window.name.trim(), facts.windows.len()) {
            ("", 1) => text::FROM_FILE.to_string(),
            ("", _) => text::from_file(number),
            (name, _) => text::of_file(name),
        };
        WindowLevel { name, shape: window.shape.clone() }
    });
    let suitable = presets.iter().filter(|preset| preset.unit == grey.unit).map(Preset::window);
    own.chain(measured.iter().cloned()).chain(suitable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::ModalityLut;
    use crate::frame::plane::Plane;

    fn facts(unit: &str, windows: Vec<WindowLevel>) -> FrameFacts {
        let grey =
            ModalityLut { slope: 1.0, intercept: 0.0, unit: unit.into(), is_inverted: false, padding: None };
        FrameFacts {
            width: 1,
            height: 1,
            modality_lut: Some(grey),
            spacing: None,
            pixel_height: None,
            windows,
            plane: Plane::default(),
        }
    }

    #[test]
    fn presets_are_offered_for_their_unit_only() {
        let presets = standard();
        let names = |facts: &FrameFacts| -> Vec<String> {
            offered(facts, &[], &presets).into_iter().map(|window| window.name).collect()
        };
        assert_eq!(names(&facts("HU", vec![])).len(), presets.len());
        assert!(names(&facts("", vec![])).is_empty());
        assert!(names(&FrameFacts { modality_lut: None, ..facts("HU", vec![]) }).is_empty());
        let own = |name: &str| WindowLevel { name: name.into(), ..presets[0].window() };
        assert_eq!(names(&facts("SUV", vec![own(""), own("Lung")])), ["From the file, 1", "Lung (file)"]);
        assert_eq!(names(&facts("SUV", vec![own("")])), ["From the file"]);
    }

    #[test]
    fn a_preset_without_name_or_width_is_refused() {
        let good = standard().remove(0);
        assert_eq!(good.problem(), None);
        assert!(Preset { name: " ".into(), ..good.clone() }.problem().is_some());
        for width in [0.0, -1.0, f64::NAN] {
            assert!(Preset { width, ..good.clone() }.problem().is_some());
        }
    }
}
