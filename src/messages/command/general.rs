//! What any command says.

pub fn error(error: &str) -> String {
    format!("error: {error}")
}

/// Progress where there is no terminal to draw a bar on.
pub fn progress(what: &str, done: usize, of: usize, remark: &str) -> String {
    format!("{what}: {done} of {of} {remark}")
}

pub const PAGE_NEEDS_BROWSER: &str = "The page runs in a browser: build it with `make run`.";
