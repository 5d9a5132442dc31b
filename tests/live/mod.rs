//! One story about one zone at one cloud, told by the built program. `tests/live.rs` tells it at real
//! accounts, `tests/live_rehearsal.rs` at the kit's fakes.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod project;
mod records;
#[path = "../lab/running.rs"]
mod running;
mod story;
mod throw_away;

pub use account::{Account, Cloud};
pub use story::tell_it;
pub use throw_away::{ThrowAway, script};
