//! Counts of requests in Prometheus' text format (0.0.4), without data of cases and users.

use super::Route;
use crate::messages::command::metrics as text;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

/// Requests of one route.
#[derive(Clone, Debug, Default)]
struct Requests {
    /// By status.
    statuses: BTreeMap<u16, u64>,
    /// By time: at most each bound, and longer.
    buckets: [u64; BOUNDS.len() + 1],
    seconds: f64,
}

/// Requests by method and path of their route. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<BTreeMap<(&'static str, &'static str), Requests>>>);

impl Metrics {
    pub(super) fn count(&self, route: &'static Route, status: u16, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = all.entry((route.method.as_str(), route.path)).or_default();
        let seconds = took.as_secs_f64();
        *requests.statuses.entry(status).or_default() += 1;
        let at = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(bucket) = requests.buckets.get_mut(at) {
            *bucket += 1;
        }
        requests.seconds += seconds;
    }

    /// All counts as Prometheus reads them.
    pub fn text(&self) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lines = String::new();
        let mut line = |line: String| {
            lines.push_str(&line);
            lines.push('\n');
        };
        line(text::head("lantern_build_info", "gauge", text::BUILD));
        line(format!("lantern_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")));
        line(text::head("lantern_requests_total", "counter", text::REQUESTS));
        for ((method, path), requests) in &all {
            for (status, count) in &requests.statuses {
                let labels = format!("method=\"{method}\",path=\"/api{path}\",status=\"{status}\"");
                line(format!("lantern_requests_total{{{labels}}} {count}"));
            }
        }
        line(text::head("lantern_request_seconds", "histogram", text::SECONDS));
        for ((method, path), requests) in &all {
            let labels = format!("method=\"{method}\",path=\"/api{path}\"");
            let mut sum = 0;
            let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".into()]);
            for (bound, count) in bounds.zip(requests.buckets) {
                sum += count;
                line(format!("lantern_request_seconds_bucket{{{labels},le=\"{bound}\"}} {sum}"));
            }
            line(format!("lantern_request_seconds_sum{{{labels}}} {}", requests.seconds));
            line(format!("lantern_request_seconds_count{{{labels}}} {sum}"));
        }
        lines
    }
}

/// Serves the counts until the program ends.
///
/// # Errors
/// Fails on a network error.
pub async fn serve(listener: TcpListener, metrics: Metrics) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let answer = move || async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.text()) };
    let routes = Router::new().route("/metrics", get(answer));
    axum_server::from_tcp(listener)?.serve(routes.into_make_service()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ROUTES;

    #[test]
    fn requests_are_counted_by_route_status_and_time() {
        let metrics = Metrics::default();
        for (status, ms) in [(200, 1), (200, 30), (401, 3000)] {
            metrics.count(&ROUTES[0], status, Duration::from_millis(ms));
        }
        let text = metrics.text();
        for line in [
            "lantern_requests_total{method=\"GET\",path=\"/api/cases\",status=\"200\"} 2",
            "lantern_requests_total{method=\"GET\",path=\"/api/cases\",status=\"401\"} 1",
            "lantern_request_seconds_bucket{method=\"GET\",path=\"/api/cases\",le=\"0.001\"} 1",
            "lantern_request_seconds_bucket{method=\"GET\",path=\"/api/cases\",le=\"0.05\"} 2",
            "lantern_request_seconds_bucket{method=\"GET\",path=\"/api/cases\",le=\"+Inf\"} 3",
            "lantern_request_seconds_count{method=\"GET\",path=\"/api/cases\"} 3",
            "# TYPE lantern_request_seconds histogram",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
    }
}
