//! What is wrong with a data set.

texts! {
    /// The name of an entry whose own cannot be read.
    entry(number: usize) = "entry {number}";
    NO_ENTRY = "there is no such entry";
    NO_LIST = "its list of files cannot be read";
    NOT_UNPACKED = "it cannot be unpacked";
    NO_SET = "there is no such set";
    NO_IMAGE = "there is no such image";
    NOT_AN_ARRAY = "it is no array of numpy that can be read";
    BY_COLUMN = "its values are stored column by column, which numpy.ascontiguousarray changes";
    NEGATIVE_LABEL = "a label is below 0";
    RECORDS = "labels are records, not whole numbers";
    NOT_WHOLE = "labels are not whole numbers";
    few_classes(images: usize, classes: usize) = "{images} images in {classes} classes were found";
    classes(classes: usize) = "{classes} classes were found";
    /// `part`: the array, for instance `train_labels`.
    of_array(part: &str, why: &str) = "{part}: {why}";
    label_count(split: &str, images: usize, labels: usize) = "{split} has {images} images, but {labels} labels";
    shape(shape: &[usize]) = "a shape of {shape:?} is not (n, height, width) or (n, height, width, 3)";
    size(width: usize, height: usize, most: usize) = "images of {width} x {height} pixels, where 1 to {most} a side can be read";
    multi_label(each: u64) = "it is multi-label, with {each} labels for each image; only sets with one class for each image can be learned from";
}
