//! How long the page waits for a worker that starts: a browser does not always say that it never will.

use leptos::prelude::set_timeout;
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static STARTS: Cell<u32> = const { Cell::new(0) };
    /// The number of the start that is waited for, and when the worker last gave a sign of life, in milliseconds.
    static AWAITED: Cell<Option<(u32, f64)>> = const { Cell::new(None) };
}

/// Begins to wait, in place of any wait before. `late` is called where the worker gives no sign of life for so long.
pub fn begin(patience: Duration, late: impl FnOnce() + 'static) {
    let number = STARTS.get() + 1;
    STARTS.set(number);
    AWAITED.set(Some((number, js_sys::Date::now())));
    look(number, patience, late);
}

/// The worker still starts: on a slow network its code takes long to come.
pub fn prolong() {
    if let Some((number, _)) = AWAITED.get() {
        AWAITED.set(Some((number, js_sys::Date::now())));
    }
}

/// The worker has started.
pub fn end() {
    AWAITED.set(None);
}

fn look(number: u32, patience: Duration, late: impl FnOnce() + 'static) {
    let Some((_, last)) = AWAITED.get().filter(|(awaited, _)| *awaited == number) else { return };
    let silent = Duration::from_millis((js_sys::Date::now() - last).max(0.0) as u64);
    match patience.checked_sub(silent).filter(|left| !left.is_zero()) {
        Some(left) => set_timeout(move || look(number, patience, late), left),
        None => {
            AWAITED.set(None);
            late();
        }
    }
}
