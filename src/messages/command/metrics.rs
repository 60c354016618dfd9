//! What the counts of `lantern serve --metrics` mean, in Prometheus' text format.

texts! {
    BUILD = "The version that runs.";
    REQUESTS = "Requests to the history and its accounts, by route and status.";
    SECONDS = "How long they took, in seconds.";
    head(name: &str, kind: &str, help: &str) = "# HELP {name} {help}\n# TYPE {name} {kind}";
}
