//! Are the secrets there, and does nobody else read them? Names only, never values.

use super::{Examined, Verdict};
use crate::config::{ProviderKind, SecretRef};
use std::path::Path;

/// Looks at every secret that a provider refers to.
pub(super) fn examine(provider: &str, kind: &ProviderKind, root: &Path) -> Vec<Examined> {
    kind.secrets().into_iter().map(|secret| look(provider, secret, root)).collect()
}

fn look(provider: &str, secret: &SecretRef, root: &Path) -> Examined {
    let said = |verdict, words: String| Examined::new(provider, "secret", verdict, words);
    match secret {
        SecretRef::Env(variable) => match std::env::var(variable) {
            Ok(value) if value.trim().is_empty() => {
                said(Verdict::Broken, format!("the environment variable {variable} is empty"))
                    .advice(format!("export {variable}=…"))
            }
            Ok(_) => said(Verdict::Fine, format!("the environment variable {variable} is set")),
            Err(_) => said(Verdict::Broken, format!("the environment variable {variable} is not set"))
                .advice(format!("export {variable}=…")),
        },
        SecretRef::File(path) => {
            let place = root.join(path);
            let shown = place.display();
            match std::fs::read_to_string(&place) {
                Err(error) => said(Verdict::Broken, format!("{shown}: {error}"))
                    .advice("put the secret on the file's first line, or name another file"),
                Ok(text) if text.lines().next().unwrap_or_default().trim().is_empty() => {
                    said(Verdict::Broken, format!("the first line of {shown} is empty"))
                        .advice("put the secret there")
                }
                Ok(_) if is_open(&place) => said(
                    Verdict::Warning,
                    format!("{shown} is there, and others on this machine may read it"),
                )
                .advice(format!("chmod 600 {shown}")),
                Ok(_) => said(Verdict::Fine, format!("{shown} is there")),
            }
        }
    }
}

/// Whether the group or everybody may read or write the file.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Elsewhere permissions are another matter.
#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}
