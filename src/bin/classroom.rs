//! The classroom: its page, and the worker that draws, trains and looks inside. `public/classroom-boot.js` and `public/compute.js` call the
//! functions exported here.

#[cfg(target_arch = "wasm32")]
mod doors {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[cfg(not(target_feature = "atomics"))]
    #[wasm_bindgen]
    pub fn show() {
        lantern::ui::start_classroom();
    }

    #[wasm_bindgen]
    pub fn start(helpers: usize) {
        lantern::inference_worker::form_team(helpers);
        lantern::classroom_worker::start();
    }

    #[wasm_bindgen]
    pub fn join_team() -> usize {
        lantern::inference_worker::join_team()
    }

    #[wasm_bindgen]
    pub fn lend_thread(number: usize) {
        lantern::inference_worker::lend_thread(number);
    }
}

fn main() {}
