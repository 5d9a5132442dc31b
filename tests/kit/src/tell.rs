//! Counts are part of a test's result, also when it passes.

use std::io::Write as _;

/// Prints a line that the test runner does not hold back.
pub fn tell(line: &str) {
    // A closed stderr hides the counts and fails nothing.
    let _ = writeln!(std::io::stderr(), "{line}");
}
