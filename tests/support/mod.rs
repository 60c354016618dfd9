//! What a test needs and a machine may lack: data sets, browsers, other people's readers.

use std::io::Write;

/// Says what a test lacks, so that it can pass over it. With `LANTERN_STRICT=1`, which CI sets, that is a failure: a test that skips
/// has not passed. `make test` lists what was skipped at its end, from the file that `LANTERN_SKIPPED` names.
pub fn missing(what: &str) {
    assert!(std::env::var("LANTERN_STRICT").as_deref() != Ok("1"), "this machine lacks {what}");
    println!("skipped: this machine lacks {what}");
    if let Some(path) = std::env::var_os("LANTERN_SKIPPED")
        && let Ok(mut list) = std::fs::File::options().append(true).create(true).open(path)
    {
        let test = std::thread::current().name().unwrap_or("a test").to_string();
        // The list is a service; a test does not fail for it.
        writeln!(list, "{test}: {what}").ok();
    }
}
