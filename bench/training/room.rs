//! Times steps of the classroom's training, natively. usage: `RAYON_NUM_THREADS=1 taskset -c 0 room ADDRESS`, as `images=2000`.
//!
//! Decision 0028 has what came of it. One thread is bound to one core, or the two threads that hand on to each other measure the way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot be set up should stop")]

use lantern::learn::classroom::{ClassData, Run};
use lantern::lesson::State;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 7;
const WARM_UP: usize = 10;
const STEPS: usize = 50;

fn main() {
    let address = std::env::args().nth(1).expect("an address of the room");
    let settings = State::parse(&address).settings;
    let data = Arc::new(ClassData::drawn(&settings, |_, _| ()));
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let mut run = Run::new(settings, data.clone()).unwrap();
            let mut steps = |count: usize| {
                for _ in 0..count {
                    run.step().unwrap();
                }
            };
            steps(WARM_UP);
            let began = Instant::now();
            steps(STEPS);
            began.elapsed().as_secs_f64() * 1000.0 / STEPS as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (threads, median) = (rayon::current_num_threads(), times.get(ROUNDS / 2).unwrap());
    println!("{address}, {threads} threads: {median:.1} ms a step");
}
