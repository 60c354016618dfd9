//! DICOM files that give no image.

pub const NOT_DICOM: &str =
    "this is not a DICOM file; open it as a picture, or export it anew from where it comes from";

pub fn no_image(what: &str) -> String {
    format!("this DICOM file holds no image: it is {what}; open the images of the same study")
}

pub fn unsupported(why: &str) -> String {
    format!("this DICOM file cannot be read here: {why}; export it without compression, or as PNG")
}

pub fn damaged(why: &str) -> String {
    format!("the DICOM file is damaged or cut short: {why}; fetch it again from where it comes from")
}

pub fn no_such_frame(frame: u32, frames: u32) -> String {
    format!("there is no frame {frame}: the file holds {frames}; choose one of these")
}
