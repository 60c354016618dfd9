//! The viewer: its tools, its viewports, the text around the image and what it announces.

pub const AS_STORED: &str = "As it is stored";
pub const AS_SHOWN_FIRST: &str = "As it was shown first";
pub const TEXT_SHOWN: &str = "Text around the image";
pub const TEXT_HIDDEN: &str = "No text around the image";
pub const PATIENT_NAMED: &str = "The patient is named";
pub const PATIENT_MASKED: &str = "The patient is masked";

/// A window as radiologists write it: width and level.
pub fn window(width: &str, level: &str) -> String {
    format!("W {width} L {level}")
}

pub const CHOOSE_MEASURE: &str = "Choose what to measure first: distance, angle, ellipse or rectangle.";
pub const NO_MARKS: &str = "There are no marks on this frame.";
pub const WHOLE_MARK: &str = "The whole mark";

pub fn handle(number: usize, of: usize) -> String {
    format!("Handle {number} of {of}")
}

/// A mark on the image: its shape, its remark, what it measures.
pub fn mark(shape: &str, remark: &str, measured: &str) -> String {
    format!("{shape} {remark}: {measured}")
}

pub const DELETED: &str = "Deleted.";
pub const UNDONE: &str = "Undone.";
pub const DONE_AGAIN: &str = "Done again.";
pub const NOTHING_TO_UNDO: &str = "There is nothing to undo.";
pub const NOTHING_TO_REDO: &str = "There is nothing to do again.";
pub const FRAMES: &str = "Frames";
pub const FRAME: &str = "Frame";

pub fn frame(number: u32, of: u32) -> String {
    format!("{number} of {of}")
}

pub fn position(millimetres: f64) -> String {
    format!("{millimetres:.1} mm")
}

/// The place under the pointer, in pixels of the image, and its value.
pub fn pointer(x: f64, y: f64, value: &str) -> String {
    format!("x {x:.0}, y {y:.0}: {value}")
}

pub fn zoom(percent: f64) -> String {
    format!("{percent:.0} %")
}

pub fn directions(left: &str, right: &str, top: &str, bottom: &str) -> String {
    format!("At the edges: left {left}, right {right}, top {top}, bottom {bottom}")
}

pub const MARKS: &str = "Marks on the image";

pub fn viewport(image: &str) -> String {
    format!("{image}: arrows shift the image, ? shows all keys")
}

pub const AS_READ: &str = "The image as it was read";
pub const CLOSE: &str = "Close";
pub const REMARK_HINT: &str = "Remark";
pub const REMARK: &str = "Remark on this mark";
pub const TOOLS: &str = "Tools";
pub const MORE_TOOLS: &str = "More tools";

/// A tool's title and its key.
pub fn tip(title: &str, key: &str) -> String {
    format!("{title} ({key})")
}

pub const DRAG: &str = "What dragging does";
pub const BRIGHTNESS: &str = "Brightness";
pub const MEASURE: &str = "Measure";
pub const PLACE: &str = "Place";
pub const UNDO: &str = "Marks";
pub const LABELS: &str = "Text";
pub const TURN: &str = "Turn";
pub const PIXELS: &str = "Pixels and overlay";
pub const COMPARE_GROUP: &str = "Compare";
pub const HELP: &str = "Help";
pub const OWN_WINDOW: &str = "Own window";
pub const WINDOW: &str = "Window: which values are shown from black to white";
pub const CHANGE_WINDOWS_BUTTON: &str = "Change the list of windows";
pub const ONE_IMAGE: &str = "One image";
pub const COMPARE: &str = "Compare with another image";
