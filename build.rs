//! Shared memory for the worker's threads, where the compiler was asked for atomics: without these link arguments the
//! memory would silently be private to each thread, or could not grow.
//!
//! With the feature `cuda`, the companion looks for CUDA's libraries in the folder `cuda` beside itself.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_CUDA").is_some() {
        // Not the newer kind of path: that is not asked for what a library loads in its turn, as the GPU's compiler does.
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
