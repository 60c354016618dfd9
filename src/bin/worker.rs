//! Inference, off the page's thread.

#[cfg(target_arch = "wasm32")]
fn main() {
    lantern::worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The worker runs in a browser: build it with `make run`.");
}
