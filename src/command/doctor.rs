//! `dnsure doctor`.

use super::CommandError;
use super::cli::{DoctorArgs, Global};
use super::output::{Output, RED, YELLOW};
use crate::exit::ExitCode;
use crate::project::examining::{Examined, Verdict, exit};
use crate::report::events::Event;
use dnsure_zones::diagnostic::visible;

/// Looks at what everything rests on and says what was looked at, what was found and what to do. Ends
/// with 1 where something is broken, with 2 where there are only warnings.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &DoctorArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let tell = |one: Examined| {
        if output.prints_events() {
            output.event(&Event::Examined(Box::new(one)));
        } else {
            output.data(&line(&one));
        }
    };
    let examined = output.told(&project, project.examine(&arguments.providers, tell).await)?;
    let code = exit(&examined);
    if code == ExitCode::Error {
        let broken = examined.iter().filter(|one| one.verdict == Verdict::Broken);
        let lines: Vec<String> =
            broken.map(|one| format!("{}: {}: {}", one.subject, one.what, one.found)).collect();
        // For people it stands in the lines above.
        output.error_event(code, &lines.join("\n"));
    }
    Ok(code)
}

fn line(one: &Examined) -> String {
    let mark = match one.verdict {
        Verdict::Fine => "ok     ".to_owned(),
        Verdict::Unknown => "unknown".to_owned(),
        Verdict::Warning => format!("{YELLOW}warning{YELLOW:#}"),
        Verdict::Broken => format!("{RED}broken{RED:#} "),
    };
    let mut text = format!("{mark}  {}  {}: {}\n", visible(&one.subject), one.what, visible(&one.found));
    if let Some(advice) = &one.advice {
        text.push_str(&format!("         hint: {}\n", visible(advice)));
    }
    text
}
