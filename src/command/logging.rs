//! The log of calls to providers, on stderr where it was asked for.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts it. Only what this program says itself is logged: other libraries may show headers.
pub(super) fn start() {
    let ours = Targets::new().with_target("dnsure", LevelFilter::DEBUG);
    let ours = ours.with_target("dnsure_providers", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time();
    // Fails only where a log is there already, as in tests that run several commands.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}
