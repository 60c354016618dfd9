//! An image on its way into the engine, with what is known of the file that it is from.

use crate::examination::{Concern, ImageFacts};
use crate::file;
use crate::fingerprint::sha256;
use crate::imaging::{self, Image};
use crate::scope::{HeaderFacts, Stated};

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
    /// What the user must know of how the file was read.
    pub concerns: Vec<Concern>,
    /// What the user said of the patient's age; the header's own word comes first.
    pub age: Option<Stated>,
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

    /// Any file: a picture, or one frame of a DICOM file or a volume, the middle one where there are several.
    ///
    /// # Errors
    ///
    /// Those of the file's own reader.
    pub fn file(bytes: &[u8]) -> Result<Self, imaging::Error> {
        let frames = Frames::open(bytes)?;
        frames.source(frames.middle())
    }

    /// The same, with what the user said of the patient's age.
    pub fn with_age(self, age: Option<Stated>) -> Self {
        Self { age, ..self }
    }

    /// What was stated, the header first.
    pub(super) fn stated(&self) -> Option<Stated> {
        let header = self.header.as_ref().and_then(|header| header.age_years);
        header.map(Stated::Header).or(self.age)
    }
}

/// The frames of a file, one of which is examined at a time.
#[derive(Debug)]
pub struct Frames<'a> {
    frames: file::Frames<'a>,
    sha256: String,
}

impl<'a> Frames<'a> {
    /// Opens a file: a picture, which is one frame, DICOM, or a volume.
    ///
    /// # Errors
    ///
    /// Those of the file's own reader; a picture is read only when its frame is asked for.
    pub fn open(bytes: &'a [u8]) -> Result<Self, imaging::Error> {
        Ok(Self { frames: file::Frames::open(bytes)?, sha256: sha256(bytes) })
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> u32 {
        self.frames.count()
    }

    /// The one that is examined where only one is.
    pub fn middle(&self) -> u32 {
        self.frames.middle()
    }

    /// One of them, from 0.
    ///
    /// # Errors
    ///
    /// A frame that is not there, or cannot be decoded.
    pub fn source(&self, frame: u32) -> Result<Source, imaging::Error> {
        let (image, concerns) = self.frames.image(frame)?;
        let (facts, sha256) = (image.facts(), self.sha256.clone());
        Ok(Source { image, facts, sha256, header: self.frames.header(), concerns, age: None })
    }
}
