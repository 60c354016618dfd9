//! DICOM files that give no image.

texts! {
    NOT_DICOM = "this is not a DICOM file; open it as a picture, or export it anew from where it comes from";
    no_image(what: &str) = "this DICOM file holds no image: it is {what}; open the images of the same study";
    unsupported(why: &str) = "this DICOM file cannot be read here: {why}; export it without compression, or as PNG";
    damaged(why: &str) = "the DICOM file is damaged or cut short: {why}; fetch it again from where it comes from";
    no_such_frame(frame: u32, frames: u32) = "there is no frame {frame}: the file holds {frames}; choose one of these";
}
