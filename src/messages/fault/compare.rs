//! A comparison that cannot begin.

texts! {
    method(name: &str) = "there is no method {name}; give pixels, features, models, networks, or one by its name, for instance hog/forest";
    class(class: &str, split: &str) = "the class {class} has no image in the split {split}, so no method can learn and be measured; add some, or leave the class out";
    lacks(method: &str) = "{method} cannot be compared here: its weights are missing, or its classes are not those of the data; leave it out, or give what it begins from";
}
