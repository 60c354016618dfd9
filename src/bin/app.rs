//! The page.

#[cfg(target_arch = "wasm32")]
fn main() {
    lantern::ui::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The page runs in a browser: build it with `make run`.");
}
