//! The first screen: ways to bring images in, and drawings to try.

texts! {
    OPEN_IMAGES = "Open images";
    TITLE = "Drop an image here";
    FORMATS = "DICOM, NIfTI, PNG, JPEG, WebP, BMP, TIFF or GIF; single files, folders or zip archives.";
    CHOOSE_IMAGES_BUTTON = "Choose images";
    CHOOSE_FOLDER_BUTTON = "Choose a folder";
    TAKE_PHOTO_BUTTON = "Take a photo";
    PRIVACY = "Your images never leave this device. The model comes to the image: everything is computed in this page, and the page is not allowed to send anything elsewhere.";
    ADD_IMAGES_BUTTON = "Add images";
    GALLERY_TITLE = "What it can look at";
    GALLERY_HINT = "Nothing at hand? Try a drawing. Each is made on the spot by arithmetic, from no picture of anybody, and says what it shows; a right answer on a drawing does not make the model right on a patient.";
    NO_KINDS = "The list comes with the models, and they cannot be had now; why, stands above.";
    KINDS_COMING = "The list comes with the first model.";
    TRY_REFUSED_BUTTON = "Try one that is refused";
    TRY_WRONG_BUTTON = "Try one that it gets wrong";
    TRY_BUTTON = "Try one";
    NO_DRAWING = "No drawing of this kind can be made here. Look for a freely licensed picture, for instance on Wikimedia Commons, save it, and drop it above.";
    /// A model's title, and its line on what it was tried on.
    model(title: &str, tried_on: &str) = "{title}. {tried_on}.";
}
