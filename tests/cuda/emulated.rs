//! Runs a test with an emulated GPU in the place of NVIDIA's driver, or on a real one where `LANTERN_GPU` is set.

use lantern::kernels::cuda::Precision;
use lantern::learn::Gpus;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the emulated libraries, built once; `None` without a C++ compiler.
pub fn libraries() -> Option<&'static PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    // Not inside: each test that lacks it says so.
    if !crate::support::has_program(Path::new("g++"), "g++, to build the emulated GPU with") {
        return None;
    }
    let built = BUILT.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emulated-cuda");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cuda/emulator/build.sh");
        let built = Command::new("sh").arg(script).arg(&folder).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        folder
    });
    Some(built)
}

/// Whether the tests are to run on this machine's own GPU.
pub fn is_real() -> bool {
    std::env::var_os("LANTERN_GPU").is_some()
}

/// What stands in for CUDA when the companion is started as a program of its own: the folder of the emulated libraries, or on a real
/// GPU nothing. `None` where there is neither.
pub fn for_a_program() -> Option<Option<&'static Path>> {
    if is_real() { Some(None) } else { libraries().map(|folder| Some(folder.as_path())) }
}

/// Runs `body` of the test called `name` in a process of its own, which finds so many emulated GPUs: libraries are looked for where
/// the environment says when a process starts.
pub fn on_emulated(name: &str, devices: usize, body: impl FnOnce()) {
    if std::env::var_os("EMULATED_CUDA_DEVICES").is_some() {
        return body();
    }
    if is_real() {
        let numbers: Vec<usize> = (0..devices).collect();
        return match Gpus::open(&numbers, Precision::F32, None) {
            Ok(_) => body(),
            Err(error) => crate::support::missing(&error.to_string()),
        };
    }
    let Some(folder) = libraries() else { return };
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("EMULATED_CUDA_DEVICES", devices.to_string())
        .env("LD_LIBRARY_PATH", folder)
        .output()
        .unwrap();
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{failed}");
    print!("{said}");
}
