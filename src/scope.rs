//! The images that a model is meant for, as told by a file's header, and what in a header contradicts that.

use serde::{Deserialize, Serialize};

/// The images that a model is meant for. An empty list means no restriction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Modality (0008,0060): allowed values, for instance `CR` and `DX`.
    pub modalities: Vec<String>,
    /// Body Part Examined (0018,0015): allowed words, in upper case. A value is allowed if it contains one of
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_parts: Vec<String>,
    /// View Position (0018,5101): allowed values, for instance `PA` and `AP`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// Allowed ages of the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<Ages>,
    /// Whether pictures without a header are examined: PNG, JPEG and similar formats.
    pub pictures: bool,
    /// What the picture must show and only a person can tell if no header names the modality, for instance `a
    /// picture taken through a dermatoscope`. The user is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
}

/// A range of ages in completed years, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// The lowest age, in years.
    pub from: u16,
    /// The highest age, in years.
    pub to: u16,
    /// The patient in words, for instance `a child of 1 to 5 years`.
    pub words: String,
}

impl Ages {
    /// Whether an age in years lies in the range.
    pub fn hold(&self, years: f32) -> bool {
        f32::from(self.from) <= years && years < f32::from(self.to) + 1.0
    }
}

/// What the header or the user says about the patient's age, or about whether patient and picture suit the
/// model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "said_by", content = "age")]
pub enum Stated {
    /// From the file's header: age in years.
    Header(f32),
    /// From the user: age in years.
    #[serde(rename = "reader")]
    User(f32),
    /// From the user: whether the patient's age suits the model; for a model with [`Scope::asks`], whether
    /// the picture is of that kind.
    Fits(bool),
}

/// The part of a header that decides which model may examine the image. Texts are empty if the header lacks
/// them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeaderFacts {
    /// Modality (0008,0060).
    pub modality: String,
    /// Body Part Examined (0018,0015), in upper case.
    pub body_part: String,
    /// View Position (0018,5101), in upper case.
    pub view: String,
    /// Image Type (0008,0008): its values in upper case, joined by backslashes.
    pub image_type: String,
    /// Whether pixels are real numbers, as a program computes them and no device records them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_computed: bool,
    /// Whether the SOP class is a secondary capture.
    pub is_secondary_capture: bool,
    /// Age in years, from Patient's Age (0010,1010), else from the birth date and the study date.
    pub age_years: Option<f32>,
}

/// A header element that a [`Scope`] restricts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderField {
    /// Modality (0008,0060).
    Modality,
    /// Body Part Examined (0018,0015).
    BodyPart,
    /// View Position (0018,5101).
    View,
}

/// Why an image is outside a model's scope, by its header or by the user's word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Contradiction {
    /// Another modality.
    Modality {
        /// Value in the header.
        said: String,
        /// Values that the model allows.
        known: Vec<String>,
    },
    /// Another body part.
    BodyPart {
        /// Value in the header.
        said: String,
        /// Values that the model allows.
        known: Vec<String>,
    },
    /// Another view.
    View {
        /// Value in the header.
        said: String,
        /// Values that the model allows.
        known: Vec<String>,
    },
    /// Another age.
    Age {
        /// Age in years; `None` if the user said only that the age does not suit.
        years: Option<f32>,
        /// Ages that the model allows.
        ages: Ages,
    },
    /// Another kind of picture, by the user's word.
    Kind {
        /// The kind that the model is meant for.
        asks: String,
    },
    /// A picture without a header, although the model needs one.
    NoHeader,
}

impl Contradiction {
    /// How much of the header fits before it contradicts: elements are compared in this order.
    pub fn depth(&self) -> u8 {
        match self {
            Self::NoHeader | Self::Modality { .. } => 0,
            Self::BodyPart { .. } => 1,
            Self::View { .. } => 2,
            Self::Kind { .. } => 3,
            Self::Age { .. } => 4,
        }
    }
}

/// An image that is not a measurement of a body, and that no model examines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// A scout: the overview image on which slices are planned.
    Scout,
    /// A report, a table or a curve, stored as an image.
    Report,
    /// Numbers that a program computed from images: a parametric map.
    Map,
}

/// Modalities of reports and other objects without a measured image.
const REPORTS: [&str; 7] = ["SR", "DOC", "KO", "PR", "RTDOSE", "PLAN", "REG"];
/// Values of Image Type that name a scout.
const SCOUTS: [&str; 3] = ["LOCALIZER", "SCOUT", "TOPOGRAM"];
/// Values of Image Type that name a report stored as an image.
const PAGES: [&str; 5] = ["DOSE_INFO", "DOSE REPORT", "PROTOCOL", "REPORT", "PATIENT PROTOCOL"];

impl HeaderFacts {
    /// Whether the header says that this is not a measured image, and what it is instead.
    pub fn presentation(&self) -> Option<Presentation> {
        let says = |words: &[&str]| self.image_type.split('\\').any(|value| words.contains(&value.trim()));
        if says(&SCOUTS) {
            Some(Presentation::Scout)
        } else if REPORTS.contains(&self.modality.as_str()) || says(&PAGES) {
            Some(Presentation::Report)
        } else if self.is_computed {
            Some(Presentation::Map)
        } else {
            None
        }
    }
}

impl Scope {
    /// The first contradiction to the model's scope, in the order modality, body part, view, age. `header`:
    /// the file's, or `None` if it has none; `age`: from the header or the user.
    pub fn contradiction(&self, header: Option<&HeaderFacts>, age: Option<Stated>) -> Option<Contradiction> {
        if let Some(header) = header {
            let is_other = |said: &str, known: &[String], fits: fn(&str, &str) -> bool| {
                !said.is_empty() && !known.is_empty() && !known.iter().any(|known| fits(said, known))
            };
            let modality = stated_modality(header);
            if is_other(modality, &self.modalities, |said, known| said == known) {
                return Some(Contradiction::Modality {
                    said: modality.into(),
                    known: self.modalities.clone(),
                });
            }
            if is_other(&header.body_part, &self.body_parts, |said, known| said.contains(known)) {
                let (said, known) = (header.body_part.clone(), self.body_parts.clone());
                return Some(Contradiction::BodyPart { said, known });
            }
            if is_other(&header.view, &self.views, |said, known| said == known) {
                return Some(Contradiction::View { said: header.view.clone(), known: self.views.clone() });
            }
        } else if !self.pictures {
            return Some(Contradiction::NoHeader);
        }
        if let (Some(asks), Some(Stated::Fits(false))) = (self.question(header), age) {
            return Some(Contradiction::Kind { asks: asks.to_string() });
        }
        let ages = self.ages.as_ref()?;
        let (fits, years) = match age? {
            Stated::Header(years) | Stated::User(years) => (ages.hold(years), Some(years)),
            Stated::Fits(fits) => (fits, None),
        };
        (!fits).then(|| Contradiction::Age { years, ages: ages.clone() })
    }

    /// What to ask the user about the kind of picture; `None` if the header names the modality.
    pub fn question(&self, header: Option<&HeaderFacts>) -> Option<&str> {
        let is_said = header.is_some_and(|header| !stated_modality(header).is_empty());
        self.asks.as_deref().filter(|_| !is_said)
    }

    /// Restricted elements that are missing from the header.
    pub fn missing_fields(&self, header: &HeaderFacts) -> Vec<HeaderField> {
        let asked = [
            (HeaderField::Modality, &self.modalities, stated_modality(header)),
            (HeaderField::BodyPart, &self.body_parts, header.body_part.as_str()),
            (HeaderField::View, &self.views, header.view.as_str()),
        ];
        let is_unsaid =
            |(_, known, said): &(HeaderField, &Vec<String>, &str)| !known.is_empty() && said.is_empty();
        asked.into_iter().filter(is_unsaid).map(|(field, ..)| field).collect()
    }
}

/// `OT` means "other", which says nothing.
fn stated_modality(header: &HeaderFacts) -> &str {
    if header.modality == "OT" { "" } else { &header.modality }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chest() -> Scope {
        let list = |words: &[&str]| words.iter().map(|word| word.to_string()).collect();
        Scope {
            modalities: list(&["CR", "DX"]),
            body_parts: list(&["CHEST", "THORAX"]),
            views: list(&["PA", "AP"]),
            ages: Some(Ages { from: 1, to: 5, words: "a child of 1 to 5 years".into() }),
            pictures: true,
            asks: None,
        }
    }

    fn header(modality: &str, body_part: &str, view: &str) -> HeaderFacts {
        HeaderFacts {
            modality: modality.into(),
            body_part: body_part.into(),
            view: view.into(),
            ..HeaderFacts::default()
        }
    }

    #[test]
    fn a_header_contradicts_by_modality_body_part_view_and_age() {
        let about = |header: &HeaderFacts, age| match chest().contradiction(Some(header), age) {
            None => "nothing",
            Some(Contradiction::Modality { .. }) => "modality",
            Some(Contradiction::BodyPart { .. }) => "body part",
            Some(Contradiction::View { .. }) => "view",
            Some(Contradiction::Age { .. }) => "age",
            Some(Contradiction::Kind { .. }) => "kind",
            Some(Contradiction::NoHeader) => "no header",
        };
        let fits = header("CR", "PORT CHEST", "AP");
        let cases = [
            (header("MG", "BREAST", ""), None, "modality"),
            (header("DX", "HAND", "PA"), None, "body part"),
            (header("DX", "CHEST", "LL"), None, "view"),
            (fits.clone(), Some(Stated::Header(67.0)), "age"),
            (fits.clone(), Some(Stated::Header(5.9)), "nothing"),
            (fits.clone(), Some(Stated::User(0.5)), "age"),
            (fits.clone(), Some(Stated::Fits(false)), "age"),
            (fits, Some(Stated::Fits(true)), "nothing"),
            (header("OT", "", ""), None, "nothing"),
        ];
        for (header, age, expected) in cases {
            assert_eq!(about(&header, age), expected, "{header:?} {age:?}");
        }
    }

    #[test]
    fn silence_is_named_and_a_picture_without_a_header_only_where_it_matters() {
        use HeaderField::{BodyPart, Modality, View};
        assert_eq!(chest().missing_fields(&header("OT", "", "")), [Modality, BodyPart, View]);
        assert_eq!(chest().missing_fields(&header("CR", "CHEST", "PA")), []);
        assert_eq!(chest().contradiction(None, None), None);
        let strict = Scope { pictures: false, ..chest() };
        assert_eq!(strict.contradiction(None, None), Some(Contradiction::NoHeader));
    }

    #[test]
    fn what_only_a_person_can_tell_is_asked_where_no_header_says_it() {
        let asks = Some("a picture taken through a dermatoscope".to_string());
        let skin = Scope { modalities: vec!["DMS".into()], pictures: true, asks, ..Scope::default() };
        assert_eq!(skin.question(None), skin.asks.as_deref());
        assert_eq!(skin.question(Some(&header("DMS", "", ""))), None);
        let denied = skin.contradiction(None, Some(Stated::Fits(false)));
        assert!(matches!(denied, Some(Contradiction::Kind { .. })), "{denied:?}");
        assert_eq!(skin.contradiction(None, Some(Stated::Fits(true))), None);
        assert_eq!(skin.contradiction(Some(&header("DMS", "", "")), Some(Stated::Fits(false))), None);
    }

    #[test]
    fn scouts_and_reports_are_detected_by_their_image_type() {
        let of = |image_type: &str, modality: &str| {
            HeaderFacts { image_type: image_type.into(), ..header(modality, "", "") }.presentation()
        };
        assert_eq!(of("ORIGINAL\\PRIMARY\\LOCALIZER", "CT"), Some(Presentation::Scout));
        assert_eq!(of("DERIVED\\SECONDARY\\DOSE_INFO", "CT"), Some(Presentation::Report));
        assert_eq!(of("", "SR"), Some(Presentation::Report));
        assert_eq!(of("ORIGINAL\\PRIMARY\\AXIAL", "CT"), None);
    }
}
