//! Measures a companion that many use at once: 64 browsers that save cases and look at lists, each asking again as soon as it was answered.
//!
//! usage: clients ADDRESS [SECONDS]. The companion at ADDRESS must serve without log-in; it is given cases that nobody needs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use serde_json::Value;
    use std::time::{Duration, Instant};
    use ureq::Agent;

    const CLIENTS: usize = 64;
    /// What each client asks for in turn.
    const LISTS: [&str; 3] = ["?limit=50", "?limit=50&text=pneumonia", "?limit=50&text=case+lower"];

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let address = arguments.first().expect("usage: clients ADDRESS [SECONDS]");
        let seconds = arguments.get(1).map_or(60, |seconds| seconds.parse().unwrap());
        let kept: Value = serde_json::from_str(include_str!("../tests/files/case.json")).unwrap();
        let case = kept.get("whole").unwrap();
        let end = Instant::now() + Duration::from_secs(seconds);
        let (mut times, mut failed) = (Vec::new(), 0);
        std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|client| scope.spawn(move || ask(address, case, client, end))).collect();
            for client in clients {
                let (own, own_failed) = client.join().unwrap();
                times.extend(own);
                failed += own_failed;
            }
        });
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("{CLIENTS} clients, {seconds} s: {} requests, {failed} failed", times.len());
        println!("median {:.0} ms, 99 % within {:.0} ms, slowest {:.0} ms", at(0.5), at(0.99), at(1.0));
    }

    /// Asks until `end`: one case saved, then each list. Returns the time of each request, and how many failed.
    fn ask(address: &str, case: &Value, client: usize, end: Instant) -> (Vec<Duration>, usize) {
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let (mut times, mut failed, mut turn) = (Vec::new(), 0, client);
        while Instant::now() < end {
            let began = Instant::now();
            let answer = match LISTS.get(turn % (LISTS.len() + 1)) {
                Some(list) => agent.get(format!("{address}/api/cases{list}")).call(),
                None => agent.post(format!("{address}/api/cases")).send_json(case),
            };
            let read =
                answer.map(|mut answer| (answer.status().is_success(), answer.body_mut().read_to_vec()));
            if !read.is_ok_and(|(is_success, body)| is_success && body.is_ok()) {
                failed += 1;
            }
            times.push(began.elapsed());
            turn += 1;
        }
        (times, failed)
    }
}
