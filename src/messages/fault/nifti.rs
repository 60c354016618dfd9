//! NIfTI volumes that cannot be opened.

texts! {
    damaged(why: &str) = "the NIfTI file is damaged or cut short: {why}; fetch it again from where it comes from";
    unsupported(why: &str) = "this kind of NIfTI file cannot be read here: {why}; save it as NIfTI-1 in one file (.nii) with plain numbers";
    /// `side`: of a slice, in pixels.
    too_large(megabytes: u64, side: usize) = "the NIfTI file takes more than {megabytes} MB, or has slices of more than {side} pixels a side; crop it, or save fewer volumes";
    no_such_slice(slice: u32, slices: u32) = "there is no slice {slice}: the volume has {slices}; choose one of these";
}
