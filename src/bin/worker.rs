//! The inference worker: runs models off the page's thread. `public/compute.js` calls the functions exported
//! here.

#[cfg(target_arch = "wasm32")]
mod doors {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    pub fn start(helpers: usize) {
        lantern::inference_worker::start(helpers);
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
