//! The file worker: opens files off the page's thread. `public/reader-start.js` calls the functions exported
//! here.

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod doors {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    pub fn start() {
        lantern::file_worker::start();
    }
}

fn main() {}
