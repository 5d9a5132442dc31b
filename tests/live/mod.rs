//! One story about one zone at one cloud, told by the built program. `tests/live.rs` tells it at real
//! accounts, `tests/live_rehearsal.rs` at the kit's fakes.

// Each test program uses its own part of this.
#![allow(dead_code, unused_imports, unreachable_pub)]

mod account;
mod project;
mod records;
#[path = "../lab/running.rs"]
mod running;
mod story;
mod throw_away;

pub use account::{Account, Kind};
pub use story::tell_it;
pub use throw_away::{ThrowAway, script};
