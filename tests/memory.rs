//! Reading allocates no layer's values from the second image on: the memory was planned once.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an allocator is unsafe by nature; in a test a failed expectation is the report"
)]

mod support;

use candle_nn::Module;
use lantern::model::Network;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::networks::{others, own, random};

/// The system's allocator, counting.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_second_pass_allocates_little_beside_its_answer() {
    // One thread: what rayon keeps for its own queues is not the network's.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for (name, graph) in own(64).into_iter().chain(others()) {
        let weights = random(&graph);
        let side = graph.input.height;
        let network = Network::new(&graph, &weights.builder()).unwrap();
        let image = network.image(vec![0.5; 3 * side * side]).unwrap();
        let taken: Vec<(usize, usize)> = (0..3)
            .map(|_| {
                let now = || (COUNT.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
                let before = now();
                pool.install(|| network.forward(&image)).unwrap();
                (now().0 - before.0, now().1 - before.1)
            })
            .collect();
        // What candle asks of each layer's output, and the few tensors of the head, by far smaller than what the layers write.
        let reads: usize = graph.nodes.iter().map(|node| node.inputs().count()).sum();
        let (most, activations) = (reads + 40, taken[0].1);
        let is_little =
            |(count, bytes): &(usize, usize)| *count <= most && *bytes <= activations / 50 + 200 * most;
        assert!(taken.iter().skip(1).all(is_little), "{name}: {taken:?}");
        assert!(activations > 10_000, "{name}: the first reading takes its memory: {taken:?}");
    }
}
