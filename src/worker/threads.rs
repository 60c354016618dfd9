//! A pool of threads in a browser: each is a worker of the same module over the same memory.
//!
//! A worker cannot start a thread and wait for it, because it only starts when control is back with the browser. So the
//! script starts the helpers first, each of which waits in [`lend`]; when all are there, [`gather`] makes them a pool.
//! Written here rather than taken from a crate because those start their workers from `blob:` addresses, which the
//! content security policy forbids.

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use std::sync::{Condvar, Mutex, PoisonError};

/// Work that waits for a helper.
static WAITING: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static CALL: Condvar = Condvar::new();

/// Gives this thread to the pool, for as long as the pool lives.
pub fn lend() {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(thread) = waiting.pop() {
            drop(waiting);
            return thread.run();
        }
        waiting = CALL.wait(waiting).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Makes a pool of this thread and `helpers` others that wait in [`lend`]. Says whether it was made: the kernels compute
/// on one thread otherwise.
pub fn gather(helpers: usize) -> bool {
    let hand_over = |thread| {
        WAITING.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        CALL.notify_one();
        Ok(())
    };
    ThreadPoolBuilder::new()
        .num_threads(helpers + 1)
        .use_current_thread()
        .spawn_handler(hand_over)
        .build_global()
        .is_ok()
}
