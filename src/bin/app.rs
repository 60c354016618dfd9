//! The page.

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
fn main() {
    lantern::ui::start();
}

#[cfg(not(all(target_arch = "wasm32", not(target_feature = "atomics"))))]
fn main() {
    eprintln!("{}", lantern::messages::command::general::PAGE_NEEDS_BROWSER);
}
