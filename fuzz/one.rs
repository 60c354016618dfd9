//! One program for all targets; `LANTERN_TARGET` in its environment names the one that is fuzzed.

#![no_main]

mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("LANTERN_TARGET").unwrap_or_default();
    let known = targets::TARGETS.into_iter().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("LANTERN_TARGET=\"{name}\" names none of fuzz/targets.rs"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    TARGET.1(data);
});
