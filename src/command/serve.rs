//! `dnsure serve`.

use super::CommandError;
use super::cli::{Global, ServeArgs};
use super::output::Output;
use crate::config::ProviderKind;
use crate::exit::ExitCode;
use crate::project::ProjectError;
use crate::report::events::Event;

/// Keeps the embedded name server up until Ctrl-C.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &ServeArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let project = output.project(global)?;
    let embedded: Vec<&String> = project
        .config
        .providers
        .iter()
        .filter(|(_, config)| matches!(config.kind, ProviderKind::Embedded { .. }))
        .map(|(name, _)| name)
        .collect();
    let name = match (&arguments.provider, embedded.as_slice()) {
        (Some(name), _) if embedded.contains(&name) => name,
        (Some(name), _) => {
            return Err(CommandError::Usage(format!(
                "`{name}` is no embedded provider of this configuration"
            )));
        }
        (None, [only]) => *only,
        (None, []) => {
            return Err(CommandError::Usage("this configuration has no embedded provider to serve".into()));
        }
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            return Err(CommandError::Usage(format!("say which provider to serve: {}", names.join(", "))));
        }
    };
    let settings = project.embedded(&project.config.providers[name]);
    let serving = dnsure_providers::embedded::serve(&settings)
        .map_err(|error| ProjectError::Backend { target: format!("provider {name}"), error })?;
    let address = serving.addr();
    output.event(&Event::Serving { address });
    if !output.prints_events() {
        output.data(&format!("{address}\n"));
    }
    output.talk(&format!(
        "serving {} on {address} (UDP and TCP); ask it with: dig @{} -p {} NAME TYPE; Ctrl-C ends it",
        settings.directory.display(),
        address.ip(),
        address.port()
    ));
    // A program that cannot listen for the signal serves until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Ok(ExitCode::Done)
}
