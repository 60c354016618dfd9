//! Threads of a browser: workers of one module over one memory, started by `public/compute.js`.
//!
//! A helper says that it has come by [`join`], enters [`lend`] and stays. For each piece of work it looks at a counter, without sleeping for as long as the
//! next layer may take to come; after that it sleeps until it is called.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Counts the pieces of work; helpers wait for it to change.
static ROUND: AtomicU32 = AtomicU32::new(0);
/// Helpers that are not done with this round.
static BUSY: AtomicU32 = AtomicU32::new(0);
/// Helpers that take part.
static HELPERS: AtomicU32 = AtomicU32::new(0);
/// Helpers that have come.
static LENT: AtomicU32 = AtomicU32::new(0);
/// Helpers that sleep, and what wakes them.
static ASLEEP: AtomicU32 = AtomicU32::new(0);
static BED: Mutex<()> = Mutex::new(());
static CALL: Condvar = Condvar::new();
/// The work of this round: a `Work` on the stack of [`run`].
static WORK: AtomicUsize = AtomicUsize::new(0);

/// Looks at the counter before a helper sleeps: about a fifth of a millisecond.
const LOOKS: u32 = 100_000;

struct Work<'a> {
    count: usize,
    call: &'a (dyn Fn(usize) + Sync),
}

impl Work<'_> {
    /// Every number that falls to this thread.
    fn share(&self, thread: usize, threads: usize) {
        (thread..self.count).step_by(threads).for_each(self.call);
    }
}

/// Says that this thread has come, and gives it its number.
pub fn join() -> usize {
    LENT.fetch_add(1, Ordering::AcqRel) as usize + 1
}

/// Gives this thread, of this number, to the team for good.
pub fn lend(thread: usize) {
    // No round can have passed without this thread: the first one waits for it.
    let mut seen = 0;
    loop {
        seen = next_round(seen);
        let threads = size();
        // A helper that came after the team was made is not counted on.
        if thread >= threads {
            continue;
        }
        // SAFETY: `run` keeps its work alive until every helper that it counts on is done with it.
        let work = unsafe { &*(WORK.load(Ordering::Acquire) as *const Work) };
        work.share(thread, threads);
        BUSY.fetch_sub(1, Ordering::AcqRel);
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

/// Calls `call` for every number below `count`, on all threads, and returns when all are done. Only the thread that made
/// the team may call it.
pub(super) fn run(count: usize, call: &(dyn Fn(usize) + Sync)) {
    let work = Work { count, call };
    let threads = size();
    if threads == 1 || count <= 1 {
        return work.share(0, 1);
    }
    WORK.store(&raw const work as usize, Ordering::Release);
    BUSY.store(threads as u32 - 1, Ordering::Release);
    ROUND.fetch_add(1, Ordering::SeqCst);
    if ASLEEP.load(Ordering::SeqCst) > 0 {
        drop(BED.lock().unwrap_or_else(PoisonError::into_inner));
        CALL.notify_all();
    }
    work.share(0, threads);
    while BUSY.load(Ordering::Acquire) != 0 {
        std::hint::spin_loop();
    }
}
