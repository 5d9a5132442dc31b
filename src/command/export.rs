//! `dnsure export`.
