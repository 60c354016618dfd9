//! What computes.

pub fn learning_on(gpus: &[String], precision: &str) -> String {
    format!("learning on {} in {precision}", gpus.join(", "))
}

texts! {
    NO_CUDA = "this build computes on the processor only; leave out --device cuda, or build with `make cuda`";
    MEMORY_WRONG = "--memory takes a number of GiB above 0";
}
