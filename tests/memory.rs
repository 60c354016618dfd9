//! Reading allocates nothing for a layer from the second image on: the memory was planned once.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    reason = "an allocator is unsafe by nature; in a test a failed expectation is the report"
)]

use lantern::model::{Architecture, Buffers, Network, Weights};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, counting.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
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
fn the_second_reading_allocates_its_answer_and_nothing_else() {
    let architectures = [
        Architecture::EfficientNetLite0 { stages: 7, widen: true, outline: None },
        Architecture::Residual { widths: vec![24, 48], blocks: vec![2, 2] },
    ];
    // One thread: what rayon keeps for its own queues is not the network's.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for architecture in architectures {
        let graph = architecture.graph(3, 64, 5).unwrap();
        let mut weights = Weights::default();
        for conv in graph.convs() {
            let shape = conv.weight_shape();
            weights.insert(format!("{}.conv.weight", conv.name), &shape, &vec![0.01; shape.iter().product()]);
            weights.insert(format!("{}.conv.bias", conv.name), &[conv.to], &vec![0.0; conv.to]);
        }
        let features = graph.head.features;
        weights.insert("head.weight", &[5, features], &vec![0.1; 5 * features]);
        weights.insert("head.bias", &[5], &[0.0; 5]);
        let network = Network::new(&graph, &weights).unwrap();
        let (image, mut memory) = (vec![0.5; 3 * 64 * 64], Buffers::default());
        let counts: Vec<usize> = (0..3)
            .map(|_| {
                let before = COUNT.load(Ordering::Relaxed);
                pool.install(|| network.forward(&image, &mut memory)).unwrap();
                COUNT.load(Ordering::Relaxed) - before
            })
            .collect();
        // The feature map and the logits that are handed out, and the pool's message.
        assert!(counts.iter().skip(1).all(|count| *count <= 6), "{architecture:?}: {counts:?}");
        assert!(counts.first().unwrap() > &6, "the first reading takes its memory: {counts:?}");
    }
}
