//! For which images a model is meant, by what a file says of itself; and what in a header contradicts that.

use serde::{Deserialize, Serialize};

/// For which images a model is meant. Empty lists decide nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Modalities (0008,0060), for instance `CR` and `DX`.
    pub modalities: Vec<String>,
    /// Words of Body Part Examined (0018,0015) in upper case; one that contains such a word is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_parts: Vec<String>,
    /// View Positions (0018,5101), for instance `PA` and `AP`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// How old the patient may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<Ages>,
    /// Whether pictures without a header are examined: PNG, JPEG and their like.
    pub pictures: bool,
    /// What the picture must be and only a person can tell where no header says the modality, for instance `a picture taken through a
    /// dermatoscope`. A reader is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
}

/// Ages in completed years, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// The youngest.
    pub from: u16,
    /// The oldest.
    pub to: u16,
    /// The patient in words, for instance `a child of 1 to 5 years`.
    pub words: String,
}

impl Ages {
    /// Whether an age in years lies inside.
    pub fn hold(&self, years: f32) -> bool {
        f32::from(self.from) <= years && years < f32::from(self.to) + 1.0
    }
}

/// What the header or a reader states of what a model is made for: the age, or whether patient or picture fits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "said_by", content = "age")]
pub enum Stated {
    /// The file's header: years.
    Header(f32),
    /// A reader: years.
    Reader(f32),
    /// A reader: whether the patient is of the ages that the model is for; of a model that asks for the kind of picture, whether it
    /// is of that kind.
    Fits(bool),
}

/// The part of a header that decides which model may answer. Texts are empty where the header has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeaderFacts {
    /// Modality (0008,0060).
    pub modality: String,
    /// Body Part Examined (0018,0015), in upper case.
    pub body_part: String,
    /// View Position (0018,5101), in upper case.
    pub view: String,
    /// Image Type (0008,0008): its values, in upper case, joined by backslashes.
    pub image_type: String,
    /// Whether the SOP class is a secondary capture.
    pub is_secondary_capture: bool,
    /// Age in years, from Patient's Age (0010,1010), else from the birth date and the study's date.
    pub age_years: Option<f32>,
}

/// An element of the header that a [`Scope`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderField {
    /// Modality.
    Modality,
    /// Body part.
    BodyPart,
    /// View.
    View,
}

/// What a header, or a reader, says that makes an image none for a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Contradiction {
    /// Another modality.
    Modality {
        /// What the header says.
        said: String,
        /// What the model knows.
        known: Vec<String>,
    },
    /// Another part of the body.
    BodyPart {
        /// What the header says.
        said: String,
        /// What the model knows.
        known: Vec<String>,
    },
    /// Another view.
    View {
        /// What the header says.
        said: String,
        /// What the model knows.
        known: Vec<String>,
    },
    /// Another age.
    Age {
        /// Years, where they were said; otherwise a reader said that the ages do not fit.
        years: Option<f32>,
        /// For whom the model is.
        ages: Ages,
    },
    /// A reader said that it is another kind of picture.
    Kind {
        /// What the model is for.
        asks: String,
    },
    /// A picture without a header, where the model wants one.
    NoHeader,
}

/// A picture that is not what a machine measured of a body, and that no model reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presentation {
    /// A scout: the picture by which slices are planned.
    Scout,
    /// A report, a table or a curve, stored as an image.
    Report,
}

/// Modalities that stand for reports and other objects without a measured image.
const REPORTS: [&str; 7] = ["SR", "DOC", "KO", "PR", "RTDOSE", "PLAN", "REG"];
/// Values of Image Type that name a scout.
const SCOUTS: [&str; 3] = ["LOCALIZER", "SCOUT", "TOPOGRAM"];
/// Values of Image Type that name a report as an image.
const PAGES: [&str; 5] = ["DOSE_INFO", "DOSE REPORT", "PROTOCOL", "REPORT", "PATIENT PROTOCOL"];

impl HeaderFacts {
    /// Whether the file says that it is no measured image.
    pub fn presentation(&self) -> Option<Presentation> {
        let says = |words: &[&str]| self.image_type.split('\\').any(|value| words.contains(&value.trim()));
        if says(&SCOUTS) {
            Some(Presentation::Scout)
        } else if REPORTS.contains(&self.modality.as_str()) || says(&PAGES) {
            Some(Presentation::Report)
        } else {
            None
        }
    }
}

impl Scope {
    /// What contradicts the model: the first of modality, body part, view and age. `header`: the file's; `None` where it has none.
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
            Stated::Header(years) | Stated::Reader(years) => (ages.hold(years), Some(years)),
            Stated::Fits(fits) => (fits, None),
        };
        (!fits).then(|| Contradiction::Age { years, ages: ages.clone() })
    }

    /// What a reader must be asked about the kind of picture; nothing where the header says the modality.
    pub fn question(&self, header: Option<&HeaderFacts>) -> Option<&str> {
        let is_said = header.is_some_and(|header| !stated_modality(header).is_empty());
        self.asks.as_deref().filter(|_| !is_said)
    }

    /// What a header does not say although the model could be told wrong by it.
    pub fn unsaid(&self, header: &HeaderFacts) -> Vec<HeaderField> {
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

/// `OT` says "other", which is as good as nothing.
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
            (fits.clone(), Some(Stated::Reader(0.5)), "age"),
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
        assert_eq!(chest().unsaid(&header("OT", "", "")), [Modality, BodyPart, View]);
        assert_eq!(chest().unsaid(&header("CR", "CHEST", "PA")), []);
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
    fn scouts_and_pages_are_told_by_their_image_type() {
        let of = |image_type: &str, modality: &str| {
            HeaderFacts { image_type: image_type.into(), ..header(modality, "", "") }.presentation()
        };
        assert_eq!(of("ORIGINAL\\PRIMARY\\LOCALIZER", "CT"), Some(Presentation::Scout));
        assert_eq!(of("DERIVED\\SECONDARY\\DOSE_INFO", "CT"), Some(Presentation::Report));
        assert_eq!(of("", "SR"), Some(Presentation::Report));
        assert_eq!(of("ORIGINAL\\PRIMARY\\AXIAL", "CT"), None);
    }
}
