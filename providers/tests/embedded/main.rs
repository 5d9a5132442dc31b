//! The embedded backend, seen from outside: through the `Backend` trait and over DNS.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod against_bind;
mod fixture;
mod protocol;
mod two_processes;
mod writes;
