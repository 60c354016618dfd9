//! The content tree of a structured report (PS3.3 C.17.3), and its encoding as data elements.

use super::codes::Code;
use crate::viewing::Point;
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// A content item with its children.
pub(super) struct Item<'a> {
    relation: &'static str,
    concept: Option<Code<'a>>,
    value: Value<'a>,
    content: Vec<Item<'a>>,
}

/// The value of a content item.
pub(super) enum Value<'a> {
    /// A heading, with the id of its template if it has one.
    Container(Option<&'static str>),
    Code(Code<'a>),
    Text(String),
    Uid(String),
    Person(String),
    Number(f64, Code<'a>),
    Image(Image<'a>),
    /// Spatial coordinates: graphic type and points.
    Shape(&'static str, Vec<Point>),
}

/// A reference to an image.
#[derive(Clone, Copy)]
pub(super) struct Image<'a> {
    pub sop_class: &'a str,
    pub sop_instance: &'a str,
    /// Frame number from 1, for multi-frame images.
    pub frame: Option<u32>,
}

impl<'a> Item<'a> {
    /// A child of a container (CONTAINS).
    pub fn contains(concept: Code<'a>, value: Value<'a>) -> Self {
        Self { relation: "CONTAINS", concept: Some(concept), value, content: Vec::new() }
    }

    /// A heading with children.
    pub fn heading(concept: Code<'a>, template: Option<&'static str>, content: Vec<Self>) -> Self {
        Self { content, ..Self::contains(concept, Value::Container(template)) }
    }

    /// A text.
    pub fn text(concept: Code<'a>, text: impl Into<String>) -> Self {
        Self::contains(concept, Value::Text(text.into()))
    }

    /// An image without a concept name.
    pub fn image(image: Image<'a>) -> Self {
        Self { relation: "CONTAINS", concept: None, value: Value::Image(image), content: Vec::new() }
    }

    /// As observation context (HAS OBS CONTEXT).
    pub fn context(self) -> Self {
        Self { relation: "HAS OBS CONTEXT", ..self }
    }

    /// As concept modifier (HAS CONCEPT MOD).
    pub fn modifier(self) -> Self {
        Self { relation: "HAS CONCEPT MOD", ..self }
    }

    /// Adds the item that it was inferred from (INFERRED FROM).
    pub fn inferred_from(mut self, shape: &'static str, points: Vec<Point>, image: Image<'a>) -> Self {
        let source = Self { relation: "SELECTED FROM", ..Self::image(image) };
        let value = Value::Shape(shape, points);
        self.content.push(Self { relation: "INFERRED FROM", concept: None, value, content: vec![source] });
        self
    }

    /// Adds a child.
    pub fn with(mut self, item: Self) -> Self {
        self.content.push(item);
        self
    }

    /// Its data elements as a child, with the relationship; the root has none.
    fn item(&self) -> InMemDicomObject {
        let mut object = self.object();
        put(&mut object, tags::RELATIONSHIP_TYPE, VR::CS, self.relation);
        object
    }

    /// Its data elements.
    pub fn object(&self) -> InMemDicomObject {
        let mut object = InMemDicomObject::new_empty();
        if let Some(concept) = self.concept {
            sequence(&mut object, tags::CONCEPT_NAME_CODE_SEQUENCE, vec![code(concept)]);
        }
        self.value.put_into(&mut object);
        if !self.content.is_empty() {
            let items = self.content.iter().map(Self::item).collect();
            sequence(&mut object, tags::CONTENT_SEQUENCE, items);
        }
        object
    }
}

impl Value<'_> {
    fn put_into(&self, object: &mut InMemDicomObject) {
        let kind = match self {
            Self::Container(template) => {
                put(object, tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE");
                if let Some(template) = template {
                    let mut item = InMemDicomObject::new_empty();
                    put(&mut item, tags::MAPPING_RESOURCE, VR::CS, "DCMR");
                    put(&mut item, tags::TEMPLATE_IDENTIFIER, VR::CS, template);
                    sequence(object, tags::CONTENT_TEMPLATE_SEQUENCE, vec![item]);
                }
                "CONTAINER"
            }
            Self::Code(value) => {
                sequence(object, tags::CONCEPT_CODE_SEQUENCE, vec![code(*value)]);
                "CODE"
            }
            Self::Text(text) => {
                put(object, tags::TEXT_VALUE, VR::UT, text);
                "TEXT"
            }
            Self::Uid(uid) => {
                put(object, tags::UID, VR::UI, uid);
                "UIDREF"
            }
            Self::Person(name) => {
                put(object, tags::PERSON_NAME, VR::PN, name);
                "PNAME"
            }
            Self::Number(value, unit) => {
                let mut item = InMemDicomObject::new_empty();
                put(&mut item, tags::NUMERIC_VALUE, VR::DS, &decimal(*value));
                sequence(&mut item, tags::MEASUREMENT_UNITS_CODE_SEQUENCE, vec![code(*unit)]);
                sequence(object, tags::MEASURED_VALUE_SEQUENCE, vec![item]);
                "NUM"
            }
            Self::Image(image) => {
                sequence(object, tags::REFERENCED_SOP_SEQUENCE, vec![image.reference()]);
                "IMAGE"
            }
            Self::Shape(kind, points) => {
                let numbers: Vec<f32> = points.iter().flat_map(|p| [p.x as f32, p.y as f32]).collect();
                let numbers = PrimitiveValue::F32(numbers.into());
                object.put(DataElement::new(tags::GRAPHIC_DATA, VR::FL, numbers));
                put(object, tags::GRAPHIC_TYPE, VR::CS, kind);
                "SCOORD"
            }
        };
        put(object, tags::VALUE_TYPE, VR::CS, kind);
    }
}

impl Image<'_> {
    /// The sequence item that refers to the image.
    pub fn reference(&self) -> InMemDicomObject {
        let mut item = InMemDicomObject::new_empty();
        put(&mut item, tags::REFERENCED_SOP_CLASS_UID, VR::UI, self.sop_class);
        put(&mut item, tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, self.sop_instance);
        if let Some(frame) = self.frame {
            put(&mut item, tags::REFERENCED_FRAME_NUMBER, VR::IS, &frame.to_string());
        }
        item
    }
}

/// Adds a text element. Texts without line breaks are cut to the maximum length of their VR.
pub(super) fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, text: &str) {
    let longest = match vr {
        VR::SH => 16,
        VR::LO => 64,
        // Each script of a name may have 64 (PS3.5, 6.2).
        VR::PN => 3 * 64 + 2,
        VR::UT => usize::MAX,
        _ => return drop(object.put(DataElement::new(tag, vr, text))),
    };
    // Lines end with CR LF (PS3.5 6.1.2.5); a backslash would split a short text into two values.
    let one = match vr {
        VR::UT => text.lines().collect::<Vec<_>>().join("\r\n"),
        _ => text.replace(['\\', '\r', '\n'], " "),
    };
    object.put(DataElement::new(tag, vr, one.chars().take(longest).collect::<String>()));
}

/// Adds a sequence element.
pub(super) fn sequence(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
}

fn code(code: Code) -> InMemDicomObject {
    let mut item = InMemDicomObject::new_empty();
    put(&mut item, tags::CODE_VALUE, VR::SH, code.value);
    put(&mut item, tags::CODING_SCHEME_DESIGNATOR, VR::SH, code.scheme);
    put(&mut item, tags::CODE_MEANING, VR::LO, code.meaning);
    item
}

/// A number as decimal string, at most 16 characters (PS3.5 6.2).
fn decimal(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= 16 { plain } else { format!("{value:.8e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_decimal_string_is_short_and_nearly_the_number(value in any::<f64>().prop_filter("finite", |v| v.is_finite())) {
            let text = decimal(value);
            prop_assert!(text.len() <= 16, "{text}");
            let read: f64 = text.parse().unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1e-8);
        }
    }
}
