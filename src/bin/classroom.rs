//! The classroom: its page, and the worker that draws, trains and looks inside. `public/classroom-boot.js` and `public/compute.js` call the
//! functions exported here.

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod doors {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    pub fn show() {
        lantern::ui::start_classroom();
    }

    #[wasm_bindgen]
    pub fn start() {
        lantern::classroom_worker::start();
    }
}

fn main() {}
