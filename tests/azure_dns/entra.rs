//! Who asks: tokens of a stand-in for Entra, over TLS.

use super::*;
use dnsure_kit::Entra;
use dnsure_kit::cloud::metadata::Metadata;

fn stage(entra: &Entra, credentials: &str, variables: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::with(credentials);
    for (name, value) in entra.variables() {
        stage.project.set(name, &value);
    }
    for (name, value) in variables {
        stage.project.set(name, value);
    }
    stage
}

/// One token is enough for a whole apply.
#[track_caller]
fn goes_through(stage: &Stage, entra: &Entra, proof: &str) {
    stage.project.run(&["apply", "--yes"]).ends(0).never_says(Azure::TOKEN);
    assert!(stage.is_as_declared());
    let requests = entra.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let form = &requests[0]["form"];
    assert!(form.get(proof).is_some(), "{requests:?}");
    assert_eq!(form["scope"], format!("{}/.default", stage.cloud.url()));
}

#[test]
fn a_client_secret_of_the_environment_is_exchanged_for_a_token() {
    let entra = Entra::start(Azure::TOKEN);
    let variables = [
        ("AZURE_TENANT_ID", Entra::TENANT),
        ("AZURE_CLIENT_ID", Entra::CLIENT),
        ("AZURE_CLIENT_SECRET", Entra::SECRET),
        // The secret goes first.
        ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere"),
    ];
    goes_through(&stage(&entra, "preview: false", &variables), &entra, "client_secret");
}

#[test]
fn a_federated_token_in_a_file_is_exchanged_for_a_token() {
    let entra = Entra::start(Azure::TOKEN);
    let credentials = format!("credentials: {{kind: workload-identity, tenant: {}}}", Entra::TENANT);
    let mut stage = stage(&entra, &credentials, &[("AZURE_CLIENT_ID", Entra::CLIENT)]);
    stage.project.write("federated", Entra::ASSERTION);
    let file = stage.project.file("federated").display().to_string();
    stage.project.set("AZURE_FEDERATED_TOKEN_FILE", &file);
    goes_through(&stage, &entra, "client_assertion");
}

#[test]
fn a_secret_that_is_not_accepted_is_told_without_it() {
    let entra = Entra::start(Azure::TOKEN);
    let credentials = format!(
        "credentials: {{kind: client-secret, tenant: {}, client: {}, secret: \"env:MINE\"}}",
        Entra::TENANT,
        Entra::CLIENT
    );
    let stage = stage(&entra, &credentials, &[("MINE", "not-the-secret")]);
    let ran = stage.project.run(&["plan"]);
    ran.ends(1).tells(&["Microsoft Entra (client-secret)", "AADSTS7000215", "check `credentials:`"]);
    ran.never_says("not-the-secret");
    assert!(stage.cloud.calls().is_empty());
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let entra = Entra::start(Azure::TOKEN);
    let credentials = format!(
        "credentials: {{kind: client-secret, tenant: {}, client: {}, secret: \"env:MINE\"}}",
        Entra::TENANT,
        Entra::CLIENT
    );
    let mut stage = stage(&entra, &credentials, &[("MINE", Entra::SECRET)]);
    stage.project.set("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt");
    stage
        .project
        .run(&["plan"])
        .ends(1)
        .tells(&["Microsoft Entra (client-secret)"])
        .never_says(Entra::SECRET);
    assert!(entra.requests().is_empty() && stage.cloud.calls().is_empty());
}

#[test]
fn a_machine_of_azure_asks_what_it_is_there() {
    let machine = Cloud::start(Metadata, Vec::new());
    let mut stage = Stage::with("credentials: {kind: managed-identity}");
    stage.project.set("IDENTITY_ENDPOINT", &format!("{}/msi/token", machine.url()));
    stage.project.set("IDENTITY_HEADER", Metadata::AZURE_HEADER);
    let ran = stage.project.run(&["apply", "--yes"]);
    ran.ends(0).never_says(Azure::TOKEN).never_says(Metadata::AZURE_HEADER);
    assert!(stage.is_as_declared());
    let asked = machine.calls();
    assert_eq!(asked.len(), 1, "one token is enough for a whole apply");
    assert_eq!(asked[0].request.parameter("resource"), Some(stage.cloud.url()));
}

/// `az` as far as it matters here: it prints a token and when it runs out.
#[test]
fn who_is_logged_in_to_az_is_asked_where_the_environment_has_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut stage = Stage::with("preview: false");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> \"{}/asked\"\nprintf '{{\"accessToken\":\"{}\",\"expires_on\":4102444800,\"tokenType\":\"Bearer\"}}'\n",
        stage.project.path().display(),
        Azure::TOKEN
    );
    stage.project.write("az", &script);
    std::fs::set_permissions(stage.project.file("az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", stage.project.path().display(), std::env::var("PATH").unwrap());
    stage.project.set("PATH", &path);
    stage.project.run(&["apply", "--yes"]).ends(0);
    assert!(stage.is_as_declared());
    let asked = stage.project.read("asked");
    assert_eq!(asked.lines().count(), 1, "{asked}");
    assert!(asked.contains("account get-access-token") && asked.contains("/.default"), "{asked}");
}
