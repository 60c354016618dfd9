//! What stands before a fault of a recipe, of a checkpoint, or of an image.

texts! {
    of_recipe(fault: &str) = "the recipe does not fit the data: {fault}";
    of_checkpoint(fault: &str) = "the checkpoint cannot be used: {fault}";
    of_image(path: &str, fault: &str) = "{path}: {fault}";
    of_mask(path: &str, fault: &str) = "the mask of {path} cannot be read: {fault}";
}
