//! The first screen: ways to bring images in, and drawings to try.

pub const OPEN_IMAGES: &str = "Open images";
pub const TITLE: &str = "Drop an image here";
pub const FORMATS: &str =
    "DICOM, NIfTI, PNG, JPEG, WebP, BMP, TIFF or GIF; single files, folders or zip archives.";
pub const CHOOSE_IMAGES_BUTTON: &str = "Choose images";
pub const CHOOSE_FOLDER_BUTTON: &str = "Choose a folder";
pub const TAKE_PHOTO_BUTTON: &str = "Take a photo";
pub const PRIVACY: &str = "Your images never leave this device. The model comes to the image: everything is computed in this page, and the page is not allowed to send anything elsewhere.";
pub const ADD_IMAGES_BUTTON: &str = "Add images";
pub const GALLERY_TITLE: &str = "What it can look at";
pub const GALLERY_HINT: &str = "Nothing at hand? Try a drawing. Each is made on the spot by arithmetic, from no picture of anybody, and says what it shows; a right answer on a drawing does not make the model right on a patient.";
pub const NO_KINDS: &str = "The list comes with the models, and they cannot be had now; why, stands above.";
pub const KINDS_COMING: &str = "The list comes with the first model.";
pub const TRY_REFUSED_BUTTON: &str = "Try one that is refused";
pub const TRY_WRONG_BUTTON: &str = "Try one that it gets wrong";
pub const TRY_BUTTON: &str = "Try one";
pub const NO_DRAWING: &str = "No drawing of this kind can be made here. Look for a freely licensed picture, for instance on Wikimedia Commons, save it, and drop it above.";

/// A model's title, and its line on what it was tried on.
pub fn model(title: &str, tried_on: &str) -> String {
    format!("{title}. {tried_on}.")
}
