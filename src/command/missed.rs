//! What `--name` asked for and nothing has.

use super::CommandError;
use super::output::Output;
use crate::plan::sought::Missed;
use crate::project::ProjectError;

/// Tells the globs that found nothing. Where none found anything, that is an error, unless something was
/// not looked at (`is_whole`): a command that does nothing and ends well would hide the misspelling.
///
/// # Errors
/// [`CommandError::Project`].
pub(super) fn tell(missed: Missed, is_whole: bool, output: &Output) -> Result<(), CommandError> {
    if missed.are_all && is_whole {
        return Err(CommandError::Project(ProjectError::Other(missed.lines.join("\n"))));
    }
    missed.lines.iter().for_each(|line| output.warning(line));
    Ok(())
}
