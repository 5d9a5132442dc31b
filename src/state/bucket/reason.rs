//! Errors of a store in a few words, without the requests, signatures and tokens they may hold.

use dnsure_zones::diagnostic::visible;
use object_store::Error;

/// Parts of the names of variables whose values are never shown.
const SECRET: [&str; 6] = ["KEY", "SECRET", "TOKEN", "SAS", "PASSWORD", "CREDENTIAL"];

/// The longest reason, in characters.
const LONGEST: usize = 240;

/// What went wrong, in one line.
pub(super) fn of(error: &Error) -> String {
    let text = match said(error) {
        Some(said) => said,
        None => root(error),
    };
    let denied = matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. })
        || ["code: 403", "code: 401"].iter().any(|status| whole(error).contains(status));
    let hint = if denied { " (check the credentials in the environment and what they may do)" } else { "" };
    let text: String = visible(&scrubbed(&text, std::env::vars())).chars().take(LONGEST).collect();
    format!("{}{hint}", text.trim_end_matches([':', ' ']))
}

/// Whether a "not found" is about the bucket and not about an object in it.
pub(super) fn is_about_bucket(error: &Error) -> bool {
    let text = whole(error);
    ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"].iter().any(|code| text.contains(code))
}

/// All of it, secrets included.
fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push('\n');
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Code and message of the XML that a store answers with; all else in it stays out.
fn said(error: &Error) -> Option<String> {
    let text = whole(error);
    let code = element(&text, "Code")?;
    let message = element(&text, "Message").unwrap_or_default();
    let first = message.lines().next().unwrap_or_default();
    Some(if first.is_empty() { code.to_owned() } else { format!("{code}: {first}") })
}

fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.trim())
}

/// The innermost error, without what stands behind a `?` in a URL.
fn root(error: &Error) -> String {
    let text = whole(error);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words = last.split(' ').map(|word| match (word.contains("://"), word.split_once('?')) {
        (true, Some((before, _))) => before,
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `text` without the values of variables that hold secrets.
fn scrubbed(text: &str, variables: impl Iterator<Item = (String, String)>) -> String {
    let secrets = variables.filter(|(name, value)| {
        value.len() >= 6 && SECRET.iter().any(|part| name.to_ascii_uppercase().contains(part))
    });
    secrets.fold(text.to_owned(), |text, (_, value)| text.replace(&value, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn of_an_answer_only_code_and_message_are_told() {
        let answer = "status 403: <Error><Code>SignatureDoesNotMatch</Code><Message>It differs.</Message>\
                      <AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId><StringToSign>AWS4</StringToSign></Error>";
        assert_eq!(of(&generic(answer)), "SignatureDoesNotMatch: It differs.");
    }

    #[test]
    fn signatures_in_urls_and_values_of_variables_are_left_out() {
        let told = of(&generic("error sending request for https://a.example/c/o?sig=abc123 now"));
        assert_eq!(told, "error sending request for https://a.example/c/o now");
        let variables = [("AWS_SECRET_ACCESS_KEY".to_owned(), "hunter22".to_owned())];
        assert_eq!(scrubbed("bad hunter22!", variables.into_iter()), "bad ***!");
    }

    #[test]
    fn a_bucket_that_is_not_there_is_no_missing_object() {
        let missing = |code: &str| Error::NotFound {
            path: "locks/x".into(),
            source: format!("404: <Error><Code>{code}</Code></Error>").into(),
        };
        assert!(is_about_bucket(&missing("NoSuchBucket")));
        assert!(!is_about_bucket(&missing("NoSuchKey")));
    }
}
