//! What is wrong with a DICOM file, or rare about it, and what it is where it has no image.

texts! {
    // Damage.
    ENDS_BEFORE_IMAGE = "it breaks off before its image";
    ENDS_BEFORE_PIXELS = "it breaks off before its pixels";
    NOT_INFLATED = "it cannot be inflated, or is larger than can be held in memory";
    NO_FRAGMENTS = "its pixels are not in fragments";
    EMPTY_PIXELS = "its pixel data are empty";
    UNFILLED = "its samples do not fill its image";
    FRAME_INCOMPLETE = "a frame is incomplete";
    PALETTE_CUT = "its palette is missing or cut off";
    frame_cut(frame: usize) = "the pixels of frame {frame} are not all there";
    frame_missing(frame: usize) = "the pixels of frame {frame} are missing";
    no_frame(frame: usize) = "there are no pixels of frame {frame}";
    /// `name`: one of the four below.
    not_given(name: &str) = "its header does not give the {name}";
    ROWS = "rows";
    COLUMNS = "columns";
    SAMPLE_BITS = "bits of a sample";
    HIGHEST_BIT = "highest bit";
    size(columns: u32, rows: u32) = "its image is {columns} x {rows} pixels";
    stored_bits(stored: u32, allocated: u32) = "its header says {stored} bits stored in {allocated}";
    samples_of(samples: i64, photometric: &str) = "its header says {samples} samples a pixel for {photometric}";

    // Rare kinds.
    NO_PIXELS = "its pixels are not in the file";
    REAL_COLOURS = "real numbers that are colours";
    ODD_422 = "YBR_FULL_422 of this layout";
    UNKNOWN_SYNTAX = "an unknown transfer syntax";
    compressed_as(name: &str) = "its pixels are compressed as {name}";
    cells(bits: u32) = "samples in cells of {bits} bits";
    photometric(name: &str) = "the photometric interpretation \"{name}\"";

    // Objects without an image.
    DIRECTORY = "a directory of other files (DICOMDIR)";
    STRUCTURED_REPORT = "a structured report";
    DOSE_REPORT = "a report of the radiation dose";
    KEY_IMAGES = "a selection of key images";
    PRESENTATION_STATE = "a presentation state";
    PLAN = "a radiotherapy plan";
    STRUCTURES = "a set of radiotherapy structures";
    PDF = "a PDF document";
    ELECTROCARDIOGRAM = "an electrocardiogram";
    RAW_DATA = "raw data";
    OTHER_OBJECT = "an object of another kind";

    // In a list of elements.
    in_fragments(bytes: usize) = "{bytes} bytes in fragments";
}
