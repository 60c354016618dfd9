//! A comparison that cannot be made.

texts! {
    STOPPED = "the comparison was stopped before its end, so it has no result; start it again";
    too_few(images: usize, classes: usize) = "{images} images of {classes} classes are too few to learn from; add images of each class to the split train";
    arithmetic(why: &str) = "a method cannot compute: {why}; report it as a fault of the program";
}
