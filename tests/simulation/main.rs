//! The pure machine of apply under a virtual clock, against a model of one provider and its
//! three servers.
//!
//! | room | what |
//! |---|---|
//! | [`world`] | the provider: what it holds, what each server answers, how it misbehaves |
//! | [`process`] | one process of dnsure: the machine and its hands |
//! | [`oracle`] | what must hold at every instant |
//! | [`story`] | zones, plans and the showcase of each write unit |
//!
//! The other rooms hold the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod oracle;
mod process;
mod story;
mod world;

mod appliers;
mod kills;
mod liars;
mod random;
mod rollout;
