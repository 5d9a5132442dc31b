//! Points where a test may kill the program, and guards that a test may switch off, to see that its
//! scenario then fails. Without the feature `sabotage` there are none.

#[cfg(feature = "sabotage")]
pub(crate) fn is_off(guard: &str) -> bool {
    std::env::var("DNSURE_SABOTAGE_OFF").is_ok_and(|off| off.split(',').any(|off| off == guard))
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn is_off(_guard: &str) -> bool {
    false
}

/// Passes a point: at the one that is named the process dies as by `kill -9`.
#[cfg(feature = "sabotage")]
pub(crate) fn point(name: &str) {
    if std::env::var("DNSURE_SABOTAGE_KILL_IN").is_ok_and(|at| at == name) {
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn point(_name: &str) {}
