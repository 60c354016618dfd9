//! The companion.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    lantern::cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
