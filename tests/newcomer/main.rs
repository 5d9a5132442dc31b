//! What somebody does who comes with zones that are served already: import, init, doctor, and the whole way
//! as docs/first-zone.md tells it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod doctor;
mod importing;
mod init;
#[path = "../lab/mod.rs"]
mod lab;
mod large;
mod transcript;
