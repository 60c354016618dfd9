//! Where a class's own images come from: files, the camera, the companion.

texts! {
    CAMERA = "Take images with the camera";
    CAMERA_HINT = "Hold what belongs to a class before the camera, and move it from image to image: images that look alike in training and test are a leak. Images stay in this page.";
    START_CAMERA = "Switch the camera on";
    STOP_CAMERA = "Switch the camera off";
    CAMERA_PICTURE = "What the camera sees";
    CLASS_NAME = "Class";
    class_name(number: usize) = "class {number}";
    take(images: usize) = "Take {images} images";
    take_for(images: usize, class: &str) = "Take {images} images for {class}";
    CLEAR = "Clear";
    clear_of(class: &str) = "Clear {class}";
    ADD_CLASS = "Add a class";
    USE_IMAGES = "Use these images";
    least(images: usize) = "At least two classes with names of their own, and at least {images} images of each.";
    FOLDER = "camera";
    CAMERA_NEEDS_HTTPS = "This page was opened without https, and browsers then give no camera. Open it over https, or on the computer that serves it; or take photographs with another program and choose their folder.";

    COLLECTIONS = "Collections of the companion";
    NO_COLLECTIONS = "The companion serves no collections. Whoever starts it names their folder: lantern serve --collections FOLDER.";
    NO_COMPANION = "No companion of Lantern answers here, so there are no collections. Choose files of your own, or drawn images.";
    collection(name: &str, megabytes: f64) = "{name} ({megabytes:.1} MB)";
}

/// Why there is no camera, by the browser's name of the error.
pub fn camera_refused(name: &str) -> &'static str {
    match name {
        "NotAllowedError" | "SecurityError" => {
            "The camera was not allowed to this page. Allow it in the browser's settings for this page, and press the button again; or choose files instead."
        }
        "NotFoundError" | "OverconstrainedError" => {
            "No camera was found on this device. Connect one and press the button again, or choose files instead."
        }
        "NotReadableError" | "AbortError" => {
            "The camera cannot be used now; perhaps another program uses it. Close that program and press the button again."
        }
        _ => "The browser gives no camera. Choose files instead.",
    }
}
