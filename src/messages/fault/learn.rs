//! Trainings and measurements that cannot go on. Those about a recipe or a checkpoint follow what [`why`](super::super::why::learn) puts before
//! them.

texts! {
    arithmetic(why: &str) = "the network cannot learn: {why}; report it as a fault of the program";
    diverged(loss: f32, epoch: usize) = "the loss became {loss} in epoch {epoch}; try a lower learning rate";

    // Of a recipe.
    recipe_format(why: &str) = "it cannot be read as a recipe: {why}; correct it";
    own_recipe(why: &str) = "the card's own recipe is none of this version: {why}; train the bundle anew";
}

pub fn class_count(labels: usize, classes: &[String]) -> String {
    format!("it names {labels} classes, the data has {}: {}; name these", classes.len(), classes.join(", "))
}

pub fn finding(finding: &str, classes: &[String]) -> String {
    format!("its finding {finding} is none of {}; name one of these", classes.join(", "))
}

texts! {
    KIND = "about.kind is empty; say there what an image has to be, for instance a slice of a brain MRI";
    column(column: &str) = "no image of the data has a column {column}; leave it out";
    AUGMENTATION = "an augmentation is out of its range; give chances between 0 and 1, crop between 0.1 and 1, widen between 1 and 1.9";
    TRAINING = "a training needs at least 1 epoch and batches of at least 2; give it these";
    ACQUISITION = "validation.acquisition does not fit; give it 2 to 16 clusters, the number of one of them, and one data set";
    other_start(file: &str, sha256: &str) = "the file given to start from is not the recipe's {file} (SHA-256 {sha256}); give that one with --from";
    start_missing(file: &str) = "it starts from {file}: say where that lies with --from FILE";
    STARTS_FROM_NOTHING = "it starts from nothing; leave out --from";
    NOTHING_FITS = "no weight of the file to start from fits the network; give another file with --from";
    no_training_images(class: &str) = "the class {class} has no image to learn from; add some to the split train, or leave the class out";
    no_validation_images(class: &str) = "the class {class} has no image to validate on; raise validation.fraction, or hold out other images";
    no_test_images(class: &str) = "the class {class} has no image to test on; add some to the split test, or leave the class out";
    no_image(number: usize, all: usize) = "there is no image {number}: choose one from 1 to {all}";
    VALIDATION_LACKS = "the validation split lacks a class or images; raise validation.fraction or hold out another cluster";
    FEW_IMAGES = "too few images to tell what else is unlike them; take more";
    other_data(bundle: &str) = "{bundle} was trained on other data: take the same archive";
}

pub fn other_labels(labels: &[String], classes: &[String]) -> String {
    format!(
        "the network's labels are {}, the images' classes {}; rename the folders, so that each is a label",
        labels.join(", "),
        classes.join(", ")
    )
}

pub fn other_classes(bundle: &str, own: &[&str], classes: &[String]) -> String {
    format!(
        "{bundle} knows the classes {}, the data has {}; take the data that it was trained on",
        own.join(", "),
        classes.join(", ")
    )
}

texts! {
    many_labels(bundle: &str) = "{bundle} judges many labels on one image, and the table of this data set has no column for any of them; take a data set whose manifest.csv has a column for each label, with 1 and 0";
    unchecked(bundle: &str) = "{bundle} was never checked on data, so it has no operating point to measure; use --calibrate of lantern bundle import, with labelled images";
    no_split(data: &str, split: &str) = "{data} has no split named {split}; name another";
    split_lacks(split: &str) = "the split {split} lacks a class, so nothing can be measured on it; name another";
    jpeg_size(width: u32, height: u32) = "{width} x {height} pixels are too many for a JPEG; measure without --shifts";
    unwritten_image(why: &str) = "a changed image cannot be written: {why}; measure without --shifts";
    uneven(batch: usize, gpus: usize) = "its batches of {batch} images cannot be shared evenly by {gpus} GPUs, at least 2 to each; change training.batch";
    NO_GPU = "no GPU holds the network; report it as a fault of the program";

    // Of a sweep.
    NO_SEED = "the sweep names no seed; write seeds = [1, 2]";
    KEEP = "the sweep's keep is no share; give it one above 0 and at most 1";
    RUNGS = "the rungs do not rise; give numbers of epochs, each larger than the one before";
    no_value(knob: &str) = "the knob {knob} has no value to try; give it one";
    no_place(knob: &str) = "a recipe has no place named {knob}; correct the name";

    // Of a checkpoint.
    checkpoint_damaged(why: &str) = "it is damaged or cut short: {why}; begin again with --force";
    NO_CHECKPOINT = "it was not written by a training; begin again with --force";
    OTHER_RECIPE = "it belongs to another recipe; start anew or restore that recipe";
    OTHER_DATA = "it belongs to other data; start anew or use the same archive";
    tensor_missing(name: &str) = "{name} is missing or has another shape; begin again with --force";
    unwritten_archive(why: &str) = "the bundle's archive cannot be written: {why}; report it as a fault of the program";
    NO_EPOCH = "no epoch is finished yet; train at least one";
}
