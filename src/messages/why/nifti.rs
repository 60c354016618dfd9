//! What is wrong with a NIfTI volume, or rare about it.

texts! {
    HEADER_CUT = "it ends within its header";
    BROKEN_COMPRESSION = "its compression is broken";
    UNFILLED = "its voxels do not fill its slices";
    voxels_cut(needed: usize, there: usize) = "{needed} bytes of voxels are announced, {there} are there";
    dimensions(dimensions: i16) = "it says that it has {dimensions} dimensions";
    side(voxels: i16) = "it says that it has {voxels} voxels along a side";

    // Rare kinds.
    NIFTI_2 = "it is NIfTI-2";
    OTHER_FILE = "its voxels are in another file";
    data_type(code: i16) = "its voxels are of data type {code}";
}
