//! dnsure
