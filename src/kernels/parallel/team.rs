//! Threads in a browser: workers that run the same module on shared memory, started by `public/compute.js`.
//!
//! A helper thread registers by [`join`], enters [`run_helper`] and stays there. It spins on a counter for about a
//! millisecond, longer than the next layer takes to come; after that it sleeps until it is woken.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Number of the current round of work. Helpers wait for it to change.
static ROUND: AtomicU32 = AtomicU32::new(0);
/// Next index of this round that no thread has taken.
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Number of helpers that may be working.
static BUSY: AtomicU32 = AtomicU32::new(0);
/// Number of helpers in the team.
static HELPERS: AtomicU32 = AtomicU32::new(0);
/// Number of helpers that have joined.
static JOINED: AtomicU32 = AtomicU32::new(0);
/// Number of sleeping helpers; below, the lock and condition variable that wake them.
static SLEEPING: AtomicU32 = AtomicU32::new(0);
static WAKE_LOCK: Mutex<()> = Mutex::new(());
static WAKE: Condvar = Condvar::new();
/// The work of this round: address of a `Work` on the stack of [`run`], or null when there is nothing left.
static WORK: AtomicUsize = AtomicUsize::new(0);

/// Polls of the counter before a helper sleeps: about a millisecond.
const SPIN_LIMIT: u32 = 500_000;

struct Work<'a> {
    count: usize,
    call: &'a (dyn Fn(usize, usize) + Sync),
}

impl Work<'_> {
    /// Takes indices until none is left.
    fn share(&self, thread: usize) {
        loop {
            let index = NEXT.fetch_add(1, Ordering::AcqRel);
            if index >= self.count {
                return;
            }
            (self.call)(index, thread);
        }
    }
}

/// Registers this thread and returns its number, from 1.
pub fn join() -> usize {
    JOINED.fetch_add(1, Ordering::AcqRel) as usize + 1
}

/// Makes this thread a helper with the number `thread`. Does not return.
pub fn run_helper(thread: usize) {
    let mut seen = 0;
    loop {
        seen = next_round(seen);
        // A helper that joined after `form_team` does not take part.
        if thread >= size() {
            continue;
        }
        // A helper sets BUSY before it reads WORK, and `run` clears WORK before it reads BUSY. All four are
        // sequentially consistent, so either the helper reads null, or `run` waits for it.
        BUSY.fetch_add(1, Ordering::SeqCst);
        let work = WORK.load(Ordering::SeqCst) as *const Work;
        if !work.is_null() {
            // SAFETY: `run` keeps its work alive until no helper is busy.
            unsafe { &*work }.share(thread);
        }
        BUSY.fetch_sub(1, Ordering::SeqCst);
    }
}

fn next_round(seen: u32) -> u32 {
    for _ in 0..SPIN_LIMIT {
        let round = ROUND.load(Ordering::Acquire);
        if round != seen {
            return round;
        }
        std::hint::spin_loop();
    }
    let mut bed = WAKE_LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // Either this check of the counter sees a new round, or `run` sees a sleeping helper; both are
    // sequentially consistent.
    SLEEPING.fetch_add(1, Ordering::SeqCst);
    while ROUND.load(Ordering::SeqCst) == seen {
        bed = WAKE.wait(bed).unwrap_or_else(PoisonError::into_inner);
    }
    SLEEPING.fetch_sub(1, Ordering::SeqCst);
    ROUND.load(Ordering::Acquire)
}

/// Forms the team from the helpers that have joined, at most `helpers`. Returns their number.
pub fn form_team(helpers: usize) -> usize {
    let come = (JOINED.load(Ordering::Acquire) as usize).min(helpers);
    HELPERS.store(come as u32, Ordering::Release);
    come
}

/// Threads of the team, including this one.
pub(super) fn size() -> usize {
    HELPERS.load(Ordering::Acquire) as usize + 1
}

/// Calls `call(index, thread)` for every index below `count`, on all threads, and returns when all calls are
/// done. It does not wait for helpers that sleep or are busy elsewhere. Only the thread that formed the team
/// may call it.
pub(super) fn run(count: usize, call: &(dyn Fn(usize, usize) + Sync)) {
    if size() == 1 || count <= 1 {
        return (0..count).for_each(|index| call(index, 0));
    }
    let work = Work { count, call };
    NEXT.store(0, Ordering::Release);
    WORK.store(&raw const work as usize, Ordering::SeqCst);
    ROUND.fetch_add(1, Ordering::SeqCst);
    if SLEEPING.load(Ordering::SeqCst) > 0 {
        drop(WAKE_LOCK.lock().unwrap_or_else(PoisonError::into_inner));
        WAKE.notify_all();
    }
    work.share(0);
    WORK.store(0, Ordering::SeqCst);
    while BUSY.load(Ordering::SeqCst) != 0 {
        std::hint::spin_loop();
    }
}
