//! What a file is that is no image, with what to do about it: to stand in [`not_an_image`](super::imaging::not_an_image).

texts! {
    PDF = "a PDF document (save the picture in it as PNG)";
    HEIC = "a HEIC photo (save it as JPEG; an iPhone takes JPEG photos if Settings, Camera, Formats is set to Most Compatible)";
    AVIF = "an AVIF picture (save it as JPEG or PNG)";
    VIDEO = "a video (save a still image of it as PNG)";
    JPEG_2000 = "a JPEG 2000 picture (save it as PNG)";
    JPEG_XL = "a JPEG XL picture (save it as PNG)";
    NRRD = "an NRRD volume (save its slices as PNG, or open the DICOM files that it was made of)";
    GZIP = "packed with gzip (unpack it first)";
    MARKED_UP = "a page or drawing in HTML, XML or SVG (save the picture itself as PNG)";
    TEXT = "text (choose the image instead)";
    UNKNOWN = "of an unknown kind (export it as PNG or JPEG)";
    DICOM = "a DICOM file (export it as PNG)";
    ARCHIVE = "a zip archive (unpack it first)";
}
