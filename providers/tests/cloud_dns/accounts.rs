//! Who asks.

use super::*;
use dnsure_kit::cloud::{Request, Response, Served, Service};
use dnsure_kit::oracles_python;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const READ: &str = "https://www.googleapis.com/auth/ndev.clouddns.readonly";
const WRITE: &str = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

/// Google's services that make tokens.
struct Tokens;

impl Service for Tokens {
    fn answer(&mut self, request: &Request) -> Response {
        let path = request.path();
        let form = |part: &str| request.body.contains(part);
        let body = match path {
            // RFC 8693.
            "/sts" if form("subject_token=the-token-of-github") && form("token-exchange") => json!({
                "access_token": if form("readwrite") { "federated-rw" } else { "federated-ro" },
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer", "expires_in": 3600,
            }),
            // What a runner of GitHub's gives its own jobs.
            "/oidc" if request.header("authorization") == Some("bearer of-the-job") => {
                json!({ "value": "the-token-of-github" })
            }
            "/token" if request.body.contains("the-refresh-token") => json!({
                "access_token": "users", "token_type": "Bearer", "expires_in": 3600,
            }),
            path if path.ends_with(":generateAccessToken") => {
                let words: Value = serde_json::from_str(&request.body).unwrap();
                let writes = words["scope"] == json!([WRITE]);
                json!({
                    "accessToken": if writes { "impersonated-rw" } else { "impersonated-ro" },
                    "expireTime": "2099-01-01T00:00:00Z",
                })
            }
            _ => {
                return Response::json(
                    400,
                    &json!({ "error": "invalid_grant", "error_description": "who are you" }),
                );
            }
        };
        Response::json(200, &body)
    }

    fn touched(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn served(&self, _zone: &str) -> Served {
        Served::new()
    }
}

/// A project whose tokens are these, and a backend with the credentials in a file.
struct Setting {
    directory: tempfile::TempDir,
    tokens: Cloud<Tokens>,
    fixture: Fixture,
}

impl Setting {
    fn with(credentials: impl FnOnce(&str, &Path) -> Value, taken: &[(&str, bool)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let tokens = Cloud::start(Tokens, Vec::new());
        let file = directory.path().join("credentials.json");
        std::fs::write(directory.path().join("oidc"), "the-token-of-github").unwrap();
        let written = credentials(&tokens.url(), directory.path());
        std::fs::write(&file, written.to_string()).unwrap();
        let mut google = Google::new().with(zone("www 300 A 192.0.2.1"));
        google.take_no_token();
        taken.iter().for_each(|(token, writes)| google.take_token(token, *writes));
        let fixture = Fixture::set_up(google, |settings| settings.account = GoogleAccount::File(file));
        Self { directory, tokens, fixture }
    }

    /// Bearer tokens as they came, without repetitions.
    fn used(&self) -> Vec<String> {
        let calls = self.fixture.cloud.calls();
        let mut used: Vec<String> =
            calls.iter().map(|call| call.request.token().unwrap_or_default().to_owned()).collect();
        used.dedup();
        used
    }

    async fn reads_then_writes(&self) {
        self.fixture.live().await;
        self.fixture.live().await;
        let all = [(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1"))];
        let end = self.fixture.write(&all).await;
        assert!(accepted(&end), "{end:?}");
        self.fixture.live().await;
    }
}

fn federated(url: &str, directory: &Path) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{url}/sts"),
        "credential_source": { "file": directory.join("oidc") },
    })
}

#[tokio::test]
async fn workload_identity_reads_with_one_token_and_writes_with_another() {
    let setting = Setting::with(federated, &[("federated-ro", false), ("federated-rw", true)]);
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["federated-ro", "federated-rw"]);
    let exchanges = setting.tokens.calls();
    assert_eq!(exchanges.len(), 2, "tokens are kept until they run out");
    assert!(exchanges[0].request.body.contains("ndev.clouddns.readonly"));
}

#[tokio::test]
async fn workload_identity_as_google_github_actions_writes_it_takes_the_token_from_the_runner() {
    let credentials = |url: &str, directory: &Path| {
        let mut json = federated(url, directory);
        json["credential_source"] = json!({
            "url": format!("{url}/oidc?api-version=2.0&audience=x"),
            "headers": { "Authorization": "bearer of-the-job" },
            "format": { "type": "json", "subject_token_field_name": "value" },
        });
        json
    };
    let setting = Setting::with(credentials, &[("federated-ro", false), ("federated-rw", true)]);
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["federated-ro", "federated-rw"]);
}

#[tokio::test]
async fn workload_identity_may_impersonate_a_service_account() {
    let credentials = |url: &str, directory: &Path| {
        let mut json = federated(url, directory);
        let account =
            "v1/projects/-/serviceAccounts/dns@acme-dns.iam.gserviceaccount.com:generateAccessToken";
        json["service_account_impersonation_url"] = format!("{url}/{account}").into();
        json
    };
    let setting = Setting::with(credentials, &[("impersonated-ro", false), ("impersonated-rw", true)]);
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["impersonated-ro", "impersonated-rw"]);
}

#[tokio::test]
async fn from_the_preparation_on_tokens_may_write() {
    let setting = Setting::with(federated, &[("federated-ro", false), ("federated-rw", true)]);
    setting.fixture.backend.prepare(&name("@")).await.unwrap();
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["federated-rw"]);
    assert_eq!(setting.tokens.calls().len(), 1);
}

fn user(url: &str) -> Value {
    json!({
        "type": "authorized_user", "client_id": "id", "client_secret": "the-client-secret",
        "refresh_token": "the-refresh-token", "token_uri": format!("{url}/token"),
    })
}

#[tokio::test]
async fn a_users_credentials_and_what_they_impersonate() {
    let setting = Setting::with(|url, _| user(url), &[("users", true)]);
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["users"]);
    let impersonating = |url: &str, _: &Path| {
        let account =
            "v1/projects/-/serviceAccounts/dns@acme-dns.iam.gserviceaccount.com:generateAccessToken";
        json!({
            "type": "impersonated_service_account",
            "service_account_impersonation_url": format!("{url}/{account}"),
            "source_credentials": user(url),
        })
    };
    let setting = Setting::with(impersonating, &[("impersonated-ro", false), ("impersonated-rw", true)]);
    setting.reads_then_writes().await;
    assert_eq!(setting.used(), ["impersonated-ro", "impersonated-rw"]);
}

/// Runs Python with PyJWT and cryptography, which know nothing of dnsure.
fn python(script: &str, arguments: &[&str]) -> String {
    let output = Command::new(oracles_python()).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_service_accounts_key_signs_tokens_of_the_right_scope() {
    const MAKE: &str = "
import sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode())
open(sys.argv[1], 'wb').write(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))";
    const CHECK: &str = "
import json, sys, jwt
print(json.dumps(jwt.decode(sys.argv[1], open(sys.argv[2]).read(), algorithms=['RS256'])))";
    let account = |_: &str, directory: &Path| {
        let key = python(MAKE, &[directory.join("public").to_str().unwrap()]);
        json!({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "1", "private_key": key,
            "client_email": "dns@acme-dns.iam.gserviceaccount.com", "client_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token",
        })
    };
    let setting = Setting::with(account, &[]);
    let error = setting.fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
    let [token] = <[String; 1]>::try_from(setting.used()).unwrap();
    assert!(!error.to_string().contains(&token));
    let public: PathBuf = setting.directory.path().join("public");
    let claims: Value = serde_json::from_str(&python(CHECK, &[&token, public.to_str().unwrap()])).unwrap();
    assert_eq!(claims["scope"], READ);
    assert_eq!(claims["iss"], "dns@acme-dns.iam.gserviceaccount.com");
    setting.fixture.cloud.by_hand(|google| google.take_token(&token, false));
    setting.fixture.live().await;
    assert_eq!(setting.used().len(), 1, "the token is kept");
}

#[tokio::test]
async fn credentials_that_are_no_good_are_told_with_the_file_and_without_secrets() {
    let no_file = Fixture::set_up(Google::new(), |settings| {
        settings.account = GoogleAccount::File("/no/such/credentials.json".into());
    });
    let error = no_file.backend.read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("/no/such/credentials.json: No such file"), "{error}");
    let secret = "do-not-show-this";
    type Credentials = fn(&str) -> Value;
    let wrong: [(Credentials, &str); 3] = [
        (|_| json!({ "type": "magic", "private_key": "do-not-show-this" }), "`type` is `magic`"),
        (|_| json!({ "type": "service_account", "private_key": "do-not-show-this" }), "missing field"),
        (
            |url| {
                json!({ "type": "authorized_user", "client_id": "i", "client_secret": "do-not-show-this",
                       "refresh_token": "do-not-show-this", "token_uri": format!("{url}/token") })
            },
            "who are you",
        ),
    ];
    for (credentials, words) in wrong {
        let setting = Setting::with(|url, _| credentials(url), &[]);
        let error = setting.fixture.backend.read(&name("@")).await.unwrap_err();
        let (shown, debugged) = (error.to_string(), format!("{error:?} {:?}", setting.fixture.backend));
        assert!(shown.contains(words) && shown.contains("credentials.json"), "{words}: {shown}");
        assert!(!shown.contains(secret) && !debugged.contains(secret), "{shown} {debugged}");
        assert_eq!(setting.fixture.calls(), [""; 0], "nothing was sent");
    }
}

#[tokio::test]
async fn a_token_from_elsewhere_is_sent_and_never_shown() {
    let secret = "ya29.do-not-show-this";
    let fixture = Fixture::set_up(Google::new().with(zone("")), |settings| {
        settings.account = GoogleAccount::Token(secret.into());
        assert!(!format!("{settings:?}").contains(secret));
    });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("check credentials or token"), "{error}");
    let echo = json!({ "error": { "code": 403, "message": format!("no {secret}") } });
    let fits = dnsure_kit::Fits::any().on("dnsName");
    fixture.cloud.by_hand(|google| google.take_token(secret, false));
    fixture.cloud.fault(dnsure_kit::Fault::Answers { fits, times: 1, response: Response::json(403, &echo) });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("HTTP 403: no [secret]; reading takes the role"), "{error}");
    assert!(!format!("{error:?} {:?}", fixture.backend).contains(secret));
    let end = fixture.write(&[(None, Some("a TXT 60 x"))]).await;
    refused(&end, "insufficient authentication scopes");
    for unusable in ["", "a\nb"] {
        let mut settings = settings(&fixture.cloud);
        settings.account = GoogleAccount::Token(unusable.into());
        let error = CloudDns::new(settings).unwrap_err();
        assert!(error.to_string().contains("check where it is taken from"), "{error}");
    }
}
