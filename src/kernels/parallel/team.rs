//! Threads of a browser: workers of one module over one memory, started by `public/compute.js`.
//!
//! A helper says that it has come by [`join`], enters [`lend`] and stays. For each piece of work it looks at a counter, without sleeping for as long as the
//! next layer may take to come; after that it sleeps until it is called.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Counts the pieces of work; helpers wait for it to change.
static ROUND: AtomicU32 = AtomicU32::new(0);
/// The next number of this round that nobody has taken.
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Helpers that may be at work.
static BUSY: AtomicU32 = AtomicU32::new(0);
/// Helpers that take part.
static HELPERS: AtomicU32 = AtomicU32::new(0);
/// Helpers that have come.
static LENT: AtomicU32 = AtomicU32::new(0);
/// Helpers that sleep, and what wakes them.
static ASLEEP: AtomicU32 = AtomicU32::new(0);
static BED: Mutex<()> = Mutex::new(());
static CALL: Condvar = Condvar::new();
/// The work of this round: a `Work` on the stack of [`run`]; null when nothing is left of it.
static WORK: AtomicUsize = AtomicUsize::new(0);

/// Looks at the counter before a helper sleeps: about a millisecond.
const LOOKS: u32 = 500_000;

struct Work<'a> {
    count: usize,
    call: &'a (dyn Fn(usize, usize) + Sync),
}

impl Work<'_> {
    /// Takes numbers until none is left.
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

/// Says that this thread has come, and gives it its number.
pub fn join() -> usize {
    LENT.fetch_add(1, Ordering::AcqRel) as usize + 1
}

/// Gives this thread, of this number, to the team for good.
pub fn lend(thread: usize) {
    let mut seen = 0;
    loop {
        seen = next_round(seen);
        // A helper that came after the team was made is not counted on.
        if thread >= size() {
            continue;
        }
        // Busy before the look at the work, and `run` takes the work away before it looks who is busy: either this look
        // finds nothing, or `run` waits. All four are in one order.
        BUSY.fetch_add(1, Ordering::SeqCst);
        let work = WORK.load(Ordering::SeqCst) as *const Work;
        if !work.is_null() {
            // SAFETY: `run` keeps its work alive until nobody is busy.
            unsafe { &*work }.share(thread);
        }
        BUSY.fetch_sub(1, Ordering::SeqCst);
    }
}

fn next_round(seen: u32) -> u32 {
    for _ in 0..LOOKS {
        let round = ROUND.load(Ordering::Acquire);
        if round != seen {
            return round;
        }
        std::hint::spin_loop();
    }
    let mut bed = BED.lock().unwrap_or_else(PoisonError::into_inner);
    // Either this look at the counter sees a new round, or `run` sees that somebody sleeps: both are in one order.
    ASLEEP.fetch_add(1, Ordering::SeqCst);
    while ROUND.load(Ordering::SeqCst) == seen {
        bed = CALL.wait(bed).unwrap_or_else(PoisonError::into_inner);
    }
    ASLEEP.fetch_sub(1, Ordering::SeqCst);
    ROUND.load(Ordering::Acquire)
}

/// Counts on the helpers that have come, of which there should be as many. Says how many there are.
pub fn gather(helpers: usize) -> usize {
    let come = (LENT.load(Ordering::Acquire) as usize).min(helpers);
    HELPERS.store(come as u32, Ordering::Release);
    come
}

/// Threads of the team, this one included.
pub(super) fn size() -> usize {
    HELPERS.load(Ordering::Acquire) as usize + 1
}

/// Calls `call(index, thread)` for every index below `count`, on all threads, and returns when all are done. A helper that
/// sleeps or is held up elsewhere is not waited for. Only the thread that made the team may call it.
pub(super) fn run(count: usize, call: &(dyn Fn(usize, usize) + Sync)) {
    if size() == 1 || count <= 1 {
        return (0..count).for_each(|index| call(index, 0));
    }
    let work = Work { count, call };
    NEXT.store(0, Ordering::Release);
    WORK.store(&raw const work as usize, Ordering::SeqCst);
    ROUND.fetch_add(1, Ordering::SeqCst);
    if ASLEEP.load(Ordering::SeqCst) > 0 {
        drop(BED.lock().unwrap_or_else(PoisonError::into_inner));
        CALL.notify_all();
    }
    work.share(0);
    WORK.store(0, Ordering::SeqCst);
    while BUSY.load(Ordering::SeqCst) != 0 {
        std::hint::spin_loop();
    }
}
