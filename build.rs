//! Link arguments.
//!
//! If the target has atomics (the threaded worker), they make its memory shared and growable. Without them it
//! would silently be private to each thread.
//!
//! With the feature `cuda`, they make the companion look for CUDA's libraries in the folder `cuda` beside
//! itself.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_CUDA").is_some() {
        // RPATH instead of RUNPATH, because RUNPATH does not apply to libraries that are loaded by other
        // libraries, such as NVRTC's built-ins.
        println!("cargo::rustc-link-arg-bin=lantern=-Wl,--disable-new-dtags,-rpath,$ORIGIN/cuda");
        println!("cargo::rustc-link-arg-examples=-Wl,--disable-new-dtags,-rpath,$ORIGIN/../cuda");
    }
    let features = std::env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if !features.split(',').any(|feature| feature == "atomics") {
        return;
    }
    for argument in [
        "--shared-memory",
        "--import-memory",
        "--max-memory=2147483648",
        "--export=__wasm_init_tls",
        "--export=__tls_size",
        "--export=__tls_align",
        "--export=__tls_base",
    ] {
        println!("cargo::rustc-link-arg={argument}");
    }
}
