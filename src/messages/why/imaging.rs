//! What is wrong with a picture, or rare about it.

texts! {
    BREAKS_OFF = "it breaks off";
    RARE_PART = "it uses a rare part of the format";
    IPHONE_PNG = "it was packed for an app of an iPhone (CgBI)";
    SIGNED = "its samples have a sign (SampleFormat 2)";
    YCBCR = "its colours are stored as brightness and two differences (YCbCr)";
    TILED_PLANES = "each of its colours lies in tiles of its own (PlanarConfiguration 2)";
    LOSSLESS_JPEG = "it is compressed as lossless JPEG";
    FILL_ORDER = "the bits of each byte are stored in reverse (FillOrder 2)";
    size(width: u32, height: u32) = "it is {width} x {height} pixels";
    pixel_bits(bits: u16) = "its pixels have {bits} bits";
    unfilled(width: u32, height: u32, channels: u8, bits: u8) = "its samples do not fill {width} x {height} pixels of {channels} x {bits} bits";
}
