//! What the viewer names: its actions, windows, kinds of measurement, units and headings.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

texts! {
    // Actions.
    WINDOW = "Drag to change brightness and contrast";
    PAN = "Drag the image";
    ZOOM = "Drag to enlarge";
    MEASURE_DISTANCE = "Measure a distance";
    MEASURE_ANGLE = "Measure an angle";
    MEASURE_ELLIPSE = "Measure inside an ellipse";
    MEASURE_RECTANGLE = "Measure inside a rectangle";
    FIT = "Show the whole image";
    ONE_TO_ONE = "Show one pixel as one pixel";
    ZOOM_IN = "Enlarge";
    ZOOM_OUT = "Make smaller";
    ROTATE_RIGHT = "Turn right by 90°";
    ROTATE_LEFT = "Turn left by 90°";
    FLIP = "Mirror left to right";
    UPEND = "Mirror top to bottom";
    INVERT = "Swap black and white";
    SMOOTH = "Smooth pixels or show them as squares";
    OVERLAY = "Show or hide the heat map or outline";
    PLANES = "Show or hide the file's overlays";
    LABELS = "Show or hide the text around the image";
    PATIENT = "Show patient";
    RESET = "Back to how the image was first shown";
    BRIGHTER = "Brighter";
    DARKER = "Darker";
    MORE_CONTRAST = "More contrast";
    LESS_CONTRAST = "Less contrast";
    NEXT_FRAME = "Next frame";
    PREVIOUS_FRAME = "Previous frame";
    FIRST_FRAME = "First frame";
    LAST_FRAME = "Last frame";
    PLAY = "Play or stop";
    PLACE = "Put a mark of the chosen kind in the middle";
    NEXT_MARK = "Choose the next mark";
    NEXT_HANDLE = "Choose the mark's next handle";
    DELETE = "Delete the chosen mark";
    RELEASE = "Let go of the mark";
    UNDO = "Undo";
    REDO = "Redo";
    OTHER_PANE = "Go to the other image";
    LINK = "Link the two images, or release them";
    HELP = "Show the keys";
}
pub const PRESETS: [&str; 9] = [
    "Window 1 of the list",
    "Window 2 of the list",
    "Window 3 of the list",
    "Window 4 of the list",
    "Window 5 of the list",
    "Window 6 of the list",
    "Window 7 of the list",
    "Window 8 of the list",
    "Window 9 of the list",
];

texts! {
    // Windows.
    ABDOMEN = "Abdomen";
    LUNG = "Lung";
    MEDIASTINUM = "Mediastinum";
    BONE = "Bone";
    BRAIN = "Brain";
    STROKE = "Stroke";
    SUBDURAL = "Subdural";
    LIVER = "Liver";
    ALL_VALUES = "All values";
    PERCENTILES = "1st to 99th percentile";
    FROM_FILE = "From the file";
    from_file(number: usize) = "From the file, {number}";
    of_file(name: &str) = "{name} (file)";
    PRESET_NAMELESS = "Give it a name.";
    PRESET_NUMBERS = "The level must be a number and the width a number above 0.";

    // Measurements.
    DISTANCE = "Distance";
    ANGLE = "Angle";
    ELLIPSE = "Ellipse";
    RECTANGLE = "Rectangle";
    mm(figure: &str) = "{figure} mm";
    mm_at_detector(figure: &str) = "{figure} mm at detector";
    square_mm(figure: &str) = "{figure} mm²";
    square_mm_at_detector(figure: &str) = "{figure} mm² at detector";
    pixels(figure: &str) = "{figure} pixels";
    area(area: &str) = "area {area}";
    /// `mean`: with its unit.
    mean(mean: &str, deviation: &str) = "mean {mean}, SD {deviation}";
    range(from: &str, to: &str) = "from {from} to {to}";
    colour([red, green, blue]: [u8; 3]) = "red {red}, green {green}, blue {blue}";

    // Turns.
    CLOCKWISE = "turned 90° clockwise";
    UPSIDE_DOWN = "turned 180°";
    ANTICLOCKWISE = "turned 90° anticlockwise";
    MIRRORED = "mirrored left to right";
    MIRRORED_DOWN = "mirrored top to bottom";
    mirrored_then(turned: &str) = "mirrored, then {turned}";

    // Around an image, and in the list of files.
    PATIENT_MASKED = "Patient masked";
    patient(digits: &str) = "Patient {digits}";
    id(id: &str) = "ID {id}";
    NO_STUDY = "A study without description";
    NO_SERIES = "A series without description";
}
