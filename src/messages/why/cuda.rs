//! What a GPU reported.

texts! {
    compiler(why: &str) = "its compiler refused the kernels: {why}";
    no_threads(why: &str) = "no threads to copy with: {why}";
    library(name: &str, why: &str) = "{name}: {why}";
}
