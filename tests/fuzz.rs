//! The fuzz targets over all seeds and a fixed number of changes to each: whether a parser panics on what was found once, and on what lies
//! near it. `make fuzz` looks further (docs/fuzzing.md).

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

/// Changed copies of each seed.
const CHANGES: u64 = 200;
/// Larger seeds are run as they are: their changes would take most of the time.
const LARGE: usize = 8 * 1024;

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (folders, mut files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| self::files(folder)));
    files
}

/// A seed that is not accepted says so; of any other much more of the parser is reached.
fn is_refused(seed: &Path) -> bool {
    seed.file_name().is_some_and(|name| name.to_string_lossy().starts_with("refused_"))
}

/// Marsaglia's xorshift64 (2003): the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    /// A copy with one to four changes: bits, bytes that are often limits, cuts, and parts that are repeated or left out.
    fn changed(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut data = seed.to_vec();
        for _ in 0..=self.below(4) {
            let (at, length) = (self.below(data.len()), self.below(16));
            let end = (at + length).min(data.len());
            match self.below(6) {
                0 if at < data.len() => data[at] ^= 1 << self.below(8),
                1 if at < data.len() => data[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][self.below(6)],
                2 => data.truncate(at),
                3 => drop(data.drain(at..end)),
                4 => data.extend_from_within(at..end),
                _ => data[at..end].fill(0xff),
            }
        }
        data
    }
}

#[test]
fn no_seed_and_nothing_near_it_makes_a_parser_fail() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut unexpected = Vec::new();
    for (name, run) in targets::TARGETS {
        let began = std::time::Instant::now();
        let own = files(&root.join("fuzz/seeds").join(name));
        assert!(!own.is_empty(), "{name} has no seeds");
        let shared = files(&root.join("tests/files"));
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for path in own.iter().chain(&shared) {
            let seed = std::fs::read(path).unwrap();
            println!("{name}: {}", path.display());
            let is_accepted = run(&seed);
            if is_accepted == is_refused(path) && own.contains(path) {
                unexpected.push(path.display().to_string());
            }
            if (is_accepted || own.contains(path)) && seed.len() <= LARGE {
                for _ in 0..CHANGES {
                    run(&chance.changed(&seed));
                }
            }
        }
        println!("{name}: {:.1} s", began.elapsed().as_secs_f32());
    }
    assert!(unexpected.is_empty(), "accepted or refused against their names: {unexpected:#?}");
}
