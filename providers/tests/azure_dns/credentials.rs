//! Settings and credentials that cannot be used; the exchange of tokens is tested with the program.

use super::*;
use dnsure_providers::azure_dns::CredentialKind;

fn setup(credentials: AzureCredentials) -> String {
    let mut settings = AzureDnsSettings::new("s", "g");
    settings.credentials = credentials;
    AzureDns::new(settings).unwrap_err().to_string()
}

fn entra(kind: CredentialKind, tenant: Option<&str>, client: Option<&str>) -> AzureCredentials {
    AzureCredentials::Entra {
        kind,
        tenant: tenant.map(str::to_owned),
        client: client.map(str::to_owned),
        secret: None,
    }
}

#[test]
fn what_is_missing_is_told_with_its_key_and_its_variable() {
    let missing = setup(entra(CredentialKind::ClientSecret, None, None));
    assert!(missing.contains("write `tenant:` or set AZURE_TENANT_ID"), "{missing}");
    let missing = setup(entra(CredentialKind::ClientSecret, Some("t"), None));
    assert!(missing.contains("write `client:` or set AZURE_CLIENT_ID"), "{missing}");
    let missing = setup(entra(CredentialKind::ClientSecret, Some("t"), Some("c")));
    assert!(missing.contains("write `secret:` or set AZURE_CLIENT_SECRET"), "{missing}");
    let missing = setup(entra(CredentialKind::WorkloadIdentity, Some("t"), Some("c")));
    assert!(
        missing.contains("credentials (workload-identity)") && missing.contains("token file"),
        "{missing}"
    );
    let wrong = setup(entra(CredentialKind::AzCli, Some("no tenant"), None));
    assert!(wrong.contains("invalid tenant"), "{wrong}");
    assert!(setup(AzureCredentials::Token(" ".into())).contains("it is empty"));
}

#[test]
fn a_subscription_and_a_group_are_needed() {
    for (subscription, group, what) in
        [("", "g", "subscription"), ("s", " ", "resource_group"), ("..", "g", "subscription")]
    {
        let mut settings = AzureDnsSettings::new(subscription, group);
        settings.credentials = AzureCredentials::Token("t".into());
        let error = AzureDns::new(settings).unwrap_err().to_string();
        assert!(error.starts_with(what), "{error}");
    }
}

#[test]
fn kinds_are_known_by_their_names() {
    for (name, kind) in [
        ("workload-identity", CredentialKind::WorkloadIdentity),
        ("client-secret", CredentialKind::ClientSecret),
        ("managed-identity", CredentialKind::ManagedIdentity),
        ("az-cli", CredentialKind::AzCli),
    ] {
        assert_eq!(CredentialKind::named(name), Some(kind));
    }
    assert_eq!(CredentialKind::named("password"), None);
}

#[tokio::test]
async fn without_az_the_reader_is_told_where_to_look() {
    let fixture = Fixture::with("");
    let mut settings = settings(&fixture.cloud);
    settings.credentials = entra(CredentialKind::AzCli, None, None);
    let error = AzureDns::new(settings).unwrap().read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
    let error = error.to_string();
    assert!(error.contains("Microsoft Entra (az-cli)") && error.contains("check `credentials:`"), "{error}");
    assert!(fixture.cloud.calls().is_empty());
}
