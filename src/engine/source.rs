//! An image on its way into the engine, with what is known of the file that it is from.

use crate::dicom;
use crate::examination::{Concern, ImageFacts};
use crate::fingerprint::sha256;
use crate::imaging::{self, Image};
use crate::scope::{HeaderFacts, KnownAge};

/// What the engine examines. Every caller makes one: from a file, or from a frame that was decoded elsewhere.
#[derive(Debug)]
pub struct Source {
    /// As the model is to see it.
    pub image: Image,
    /// What the file is.
    pub facts: ImageFacts,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// What the file's header says; `None` where it has none.
    pub header: Option<HeaderFacts>,
    /// What a reader should know of how the file was read.
    pub concerns: Vec<Concern>,
    /// What a reader said of the patient's age; the header's own word comes first.
    pub age: Option<KnownAge>,
}

impl Source {
    /// A picture: PNG, JPEG and their like.
    ///
    /// # Errors
    ///
    /// Those of [`imaging::read`].
    pub fn picture(bytes: &[u8]) -> Result<Self, imaging::Error> {
        let (image, concerns) = imaging::read(bytes)?;
        Ok(Self { facts: image.facts(), sha256: sha256(bytes), header: None, concerns, age: None, image })
    }

    /// Any file: a picture, or one frame of a DICOM file, the middle one where there are several.
    ///
    /// # Errors
    ///
    /// Those of the file's own reader.
    pub fn file(bytes: &[u8]) -> Result<Self, imaging::Error> {
        if !dicom::is(bytes) {
            return Self::picture(bytes);
        }
        let object = dicom::open(bytes)?;
        let frames = object.frames();
        let (image, mut concerns) = object.image(frames / 2)?;
        if frames > 1 {
            concerns.push(Concern::OneFrameOf { frame: frames / 2 + 1, frames });
        }
        let header = object.facts().dicom.map(|facts| facts.header());
        Ok(Self { facts: image.facts(), sha256: sha256(bytes), header, concerns, age: None, image })
    }

    /// The same, with what a reader said of the patient's age.
    pub fn aged(self, age: Option<KnownAge>) -> Self {
        Self { age, ..self }
    }

    /// How old the patient is, as far as anybody said.
    pub(super) fn known_age(&self) -> Option<KnownAge> {
        let header = self.header.as_ref().and_then(|header| header.age_years);
        header.map(KnownAge::Header).or(self.age)
    }
}
