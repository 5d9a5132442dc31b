//! Guards that a test may switch off, to see that its scenario then fails. Without the feature
//! `sabotage` none can be.

#[cfg(feature = "sabotage")]
pub(crate) fn is_off(guard: &str) -> bool {
    std::env::var("DNSURE_SABOTAGE_OFF").is_ok_and(|off| off.split(',').any(|off| off == guard))
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn is_off(_guard: &str) -> bool {
    false
}
