//! Shared memory for the worker's threads, where the compiler was asked for atomics: without these link arguments the
//! memory would silently be private to each thread, or could not grow.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
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
