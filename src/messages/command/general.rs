//! What any command says.

texts! {
    error(error: &str) = "error: {error}";
    /// Progress where there is no terminal to draw a bar on.
    progress(what: &str, done: usize, of: usize, remark: &str) = "{what}: {done} of {of} {remark}";
    PAGE_NEEDS_BROWSER = "The page runs in a browser: build it with `make run`.";
}
