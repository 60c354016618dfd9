//! The viewer: its tools, its viewports, the text around the image and what it announces.

texts! {
    AS_STORED = "As it is stored";
    AS_SHOWN_FIRST = "As it was shown first";
    TEXT_SHOWN = "Text around the image";
    TEXT_HIDDEN = "No text around the image";
    PATIENT_NAMED = "The patient is named";
    PATIENT_MASKED = "The patient is masked";
    /// A window as radiologists write it: width and level.
    window(width: &str, level: &str) = "W {width} L {level}";
    CHOOSE_MEASURE = "Choose what to measure first: distance, angle, ellipse or rectangle.";
    NO_MARKS = "There are no marks on this frame.";
    WHOLE_MARK = "The whole mark";
    handle(number: usize, of: usize) = "Handle {number} of {of}";
    /// A mark on the image: its shape, its remark, what it measures.
    mark(shape: &str, remark: &str, measured: &str) = "{shape} {remark}: {measured}";
    DELETED = "Deleted.";
    UNDONE = "Undone.";
    DONE_AGAIN = "Done again.";
    NOTHING_TO_UNDO = "There is nothing to undo.";
    NOTHING_TO_REDO = "There is nothing to do again.";
    FRAMES = "Frames";
    FRAME = "Frame";
    frame(number: u32, of: u32) = "{number} of {of}";
    position(millimetres: f64) = "{millimetres:.1} mm";
    /// The place under the pointer, in pixels of the image, and its value.
    pointer(x: f64, y: f64, value: &str) = "x {x:.0}, y {y:.0}: {value}";
    zoom(percent: f64) = "{percent:.0} %";
    directions(left: &str, right: &str, top: &str, bottom: &str) = "At the edges: left {left}, right {right}, top {top}, bottom {bottom}";
    MARKS = "Marks on the image";
    viewport(image: &str) = "{image}: arrows shift the image, ? shows all keys";
    AS_READ = "The image as it was read";
    CLOSE = "Close";
    REMARK_HINT = "Remark";
    REMARK = "Remark on this mark";
    TOOLS = "Tools";
    MORE_TOOLS = "More tools";
    /// A tool's title and its key.
    tip(title: &str, key: &str) = "{title} ({key})";
    DRAG = "What dragging does";
    BRIGHTNESS = "Brightness";
    MEASURE = "Measure";
    PLACE = "Place";
    UNDO = "Marks";
    LABELS = "Text";
    TURN = "Turn";
    PIXELS = "Pixels and overlay";
    COMPARE_GROUP = "Compare";
    HELP = "Help";
    OWN_WINDOW = "Own window";
    WINDOW = "Window: which values are shown from black to white";
    CHANGE_WINDOWS_BUTTON = "Change the list of windows";
    ONE_IMAGE = "One image";
    COMPARE = "Compare with another image";
}
