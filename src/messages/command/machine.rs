//! What computes.

pub fn learning_on(gpus: &[String], precision: &str) -> String {
    format!("learning on {} in {precision}", gpus.join(", "))
}

pub const NO_CUDA: &str =
    "this build computes on the processor only; leave out --device cuda, or build with `make cuda`";
pub const MEMORY_WRONG: &str = "--memory takes a number of GiB above 0";
