//! What is wrong with a stream of compressed samples, or rare about it. It follows the name of the standard.

texts! {
    // Damage.
    ENDS_EARLY = "the data end too early";
    UNDECODABLE = "its data cannot be decoded";
    STREAM_MISSING = "the stream is missing";
    SEGMENT_CUT = "a segment is cut off";
    SEGMENT_SHORT = "a segment ends too early";
    SEGMENT_BEYOND = "a segment lies beyond the end";
    OTHER_JPEG = "another kind of JPEG is in the stream";
    FRAME_HEADER = "the frame's header makes no sense";
    FRAME_HEADER_CUT = "the frame's header is cut off";
    NO_IMAGE = "there is no image in the stream";
    SCAN_HEADER = "a scan's header makes no sense";
    SCAN_HEADER_CUT = "a scan's header is cut off";
    SCAN_EMPTY = "a scan of nothing";
    SCAN_UNKNOWN = "a scan of a component that is not there";
    PARAMETERS_CUT = "its parameters are cut off";
    COLOUR_MISSING = "a colour is missing";
    DETAIL_MISSING = "a part of its detail is missing";
    END_MISSING = "its end is missing";
    TABLE_MISSING = "a table is missing";
    HUFFMAN_CUT = "a Huffman table is cut off";
    QUANTISATION_CUT = "a quantisation table is cut off";
    CODE_UNKNOWN = "a code that is in no table";
    CODE_IMPOSSIBLE = "a code that cannot be";
    DIFFERENCE_IMPOSSIBLE = "a difference that cannot be";
    CONTEXT_IMPOSSIBLE = "a context that cannot be";
    RUN_BEYOND = "a run beyond its row";
    RESTART_MISSING = "a restart marker is missing";
    OTHER_WIDTH = "its samples have another width than it says";
    OTHER_SIZE = "the stream is not of the size that the header gives";
    HEADER_CUT = "a header is cut short";
    TILES_ODD = "its tiles do not cover the image";
    HEADER = "its header makes no sense";
    TILE_MISSING = "tiles are missing";
    TILES_CUT = "its tiles break off";
    TILE_UNKNOWN = "it has more tiles than the image";
    TILE_CUT = "a tile is cut short";
    PACKETS_CUT = "its packets are cut short";
    BLOCK_EMPTY = "a block has no bit planes";
    BLOCK_BROKEN = "a block is broken";
    components(found: usize, expected: usize) = "{found} components instead of {expected}";
    bits_in_cell(bits: u32, cell: u32) = "{bits} bits a sample in {cell}";
    bits(bits: u32) = "{bits} bits a sample";
    segments(expected: usize) = "a frame of {expected} segments was expected";

    // Rare kinds.
    ARITHMETIC = "with arithmetic coding";
    HIERARCHICAL = "with hierarchical or arithmetic coding";
    HALF_COLOURS = "with colours at half the size";
    NO_PREDICTION = "of this process without prediction";
    HALF_COLOURS_OF_PROCESS = "of this process with colours at half the size";
    COLOUR_TRANSFORM = "with a colour transform";
    VALUE_TABLES = "with tables of values or a point transform";
    VALUE_TABLES_OR_SIZE = "with tables of values or of an odd size";
    SCANS_OF_12_BITS = "with 12 bits in several scans";
    FOUR_INKS = "with four inks that do not say whether they are inverted";
    COMPONENT_SIZES = "with components of different sizes or depths";
    OTHER_BLOCKS = "with other blocks or wavelets than its own";
    MANY_BLOCKS = "with more blocks than can be held in memory";
    MANY_PLANES = "with more than 28 bit planes";
    REGION = "with a region of interest";
    PROGRESSION_CHANGES = "with changes of progression";
    PACKED_HEADERS = "with packed packet headers";
    SEVERAL_SETS = "with several sets of passes";
    SEVERAL_WAVELETS = "with several wavelets";
    RARE = "of a rare kind";
    many_components(count: usize) = "with {count} components in this process";
    process_bits(bits: u8) = "of {bits} bits in this process";
    with_bits(bits: u32) = "with {bits} bits a sample";
    many_scans(most: usize) = "in more than {most} scans";
}
