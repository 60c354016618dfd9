//! Images that cannot be read, pictures and DICOM files alike.

texts! {
    EMPTY = "the file is empty: there is nothing to show; copy or export it again";
    not_an_image(what: &str) = "the file is {what}, not an image in a format that can be read here (PNG, JPEG, WebP, BMP, TIFF, GIF, DICOM or NIfTI)";
    unsupported(format: &str, why: &str) = "this kind of {format} cannot be read here: {why}; save it as an 8-bit or 16-bit PNG";
    damaged(format: &str, why: &str) = "the {format} file is damaged or cut short: {why}; fetch it again from where it comes from";
    /// `pixels` and `side`: the most that are read.
    too_large((width, height): (u32, u32), pixels: u64, side: u32) = "the image is {width} x {height} pixels; at most {pixels} pixels and {side} a side can be read; export it smaller";
}
