//! The page.

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
fn main() {
    lantern::ui::start();
}

#[cfg(not(all(target_arch = "wasm32", not(target_feature = "atomics"))))]
fn main() {
    eprintln!("The page runs in a browser: build it with `make run`.");
}
