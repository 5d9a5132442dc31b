//! `dnsure init`, without a terminal.

use crate::lab::{self, Host, Kind, Project, Ran, ZONE};
use std::fs;
use std::sync::Arc;

/// A directory in which nothing is set up yet.
fn nothing(kind: Kind) -> (Arc<Host>, Project) {
    let host = Host::start(kind, &[(ZONE, "www 300 A 192.0.2.10")]);
    let project = host.project(ZONE);
    fs::remove_file(project.file("dnsure.yaml")).unwrap();
    fs::remove_dir(project.file("zones")).unwrap();
    (host, project)
}

/// Runs the command that a message shows.
fn run_shown(project: &Project, ran: &Ran) -> Ran {
    let line = ran.err.lines().find_map(|line| line.split_once("  dnsure init ")).unwrap().1;
    let arguments: Vec<&str> = ["init"].into_iter().chain(line.split(' ')).collect();
    project.run(&arguments)
}

#[test]
fn a_server_becomes_a_project_with_an_empty_plan() {
    let (host, project) = nothing(Kind::Bind);
    let server = format!("server={}", host.addr());
    let key = "key=ci.:hmac-sha256:env:LAB_SECRET";
    let ran =
        project.run(&["init", "--type", "rfc2136", "--set", &server, "--set", key, "--zone", ZONE, "--yes"]);
    ran.ends(0).shows(&["plan: no changes"]).tells(&["wrote", "next:"]).never_says(lab::SECRET);
    assert!(!project.read("dnsure.yaml").contains(lab::SECRET));
    assert_eq!(project.read(".gitignore"), ".dnsure/\n");
    project.run(&["plan", "--detailed-exitcode"]).ends(0);
    let again = project.run(&["init", "--type", "embedded", "--yes"]);
    again.ends(64).tells(&["dnsure.yaml is there already"]);
}

#[test]
fn in_a_pipe_the_whole_command_is_shown_and_works() {
    let (_, project) = nothing(Kind::PowerDnsApi);
    let api = match project.host.provider().split('"').nth(1) {
        Some(url) => format!("url={url}"),
        None => panic!("{}", project.host.provider()),
    };
    let servers = format!("servers={}", project.host.addr());
    project.run(&["init"]).ends(64).tells(&["--type is missing", "dnsure init --type powerdns"]);
    project
        .run(&["init", "--type", "powerdns"])
        .ends(64)
        .tells(&["url is missing", "--set url=http://127.0.0.1:8081"]);
    let given = ["--type", "powerdns", "--set", &api, "--set", "api_key=env:LAB_SECRET", "--set", &servers];
    let ran = project.run(&[&["init"], given.as_slice()].concat());
    ran.ends(64).tells(&[
        "no zone is named",
        "--zone example.test. --yes",
        "credentials are accepted; 1 zone",
    ]);
    assert!(!project.file("dnsure.yaml").exists(), "nothing is written before everything is known");
    run_shown(&project, &ran).ends(0).shows(&["plan: no changes"]);
}

#[test]
fn wrong_credentials_and_secrets_in_the_open_write_nothing() {
    let (_, mut project) = nothing(Kind::PowerDnsApi);
    let api = format!("url={}", project.host.provider().split('"').nth(1).unwrap());
    project.set("WRONG", "not-the-key");
    let init = |secret: &str| {
        project.run(&["init", "--type", "powerdns", "--set", &api, "--set", secret, "--zone", ZONE, "--yes"])
    };
    init("api_key=env:WRONG").ends(1).tells(&["did not accept the credentials"]).never_says("not-the-key");
    init("api_key=hunter2").ends(64).tells(&["is a secret, and is never written"]).never_says("hunter2");
    init("api_key=env:NOT_SET").ends(1).tells(&["set the environment variable NOT_SET"]);
    assert!(!project.file("dnsure.yaml").exists() && !project.file("zones").exists());
}

#[test]
fn master_files_become_a_project_and_doctor_says_what_keeps_one_from_being_written() {
    let (host, project) = nothing(Kind::Embedded);
    let master = "; by hand\n$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\nns1 A 127.0.0.1\n";
    fs::create_dir(project.file("masters")).unwrap();
    project.write("masters/example.test.zone", master);
    let servers = format!("servers={}", host.addr());
    let given = ["--type", "zone-file", "--set", "directory=masters", "--set", &servers, "--zone", ZONE];
    let ran = project.run(&[&["init"], given.as_slice()].concat());
    ran.ends(64).tells(&["--yes is missing, and nobody can be asked here"]);
    run_shown(&project, &ran).ends(0).shows(&["plan: no changes"]);
    project.run(&["doctor"]).shows(&["is not written", "a comment (line 1)", "rewrite: true"]);
    assert_eq!(project.read("masters/example.test.zone"), master);
}

#[test]
fn a_zone_file_that_is_there_is_not_replaced() {
    let (_, project) = nothing(Kind::Embedded);
    project
        .run(&["init", "--type", "embedded", "--yes"])
        .ends(0)
        .tells(&["next: write zones/example.com.yaml"]);
    fs::remove_file(project.file("dnsure.yaml")).unwrap();
    fs::create_dir_all(project.file("masters")).unwrap();
    project.write(
        "masters/example.test.zone",
        "$TTL 300\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\nns1 A 127.0.0.1\n",
    );
    fs::create_dir_all(project.file("zones")).unwrap();
    project.write("zones/example.test.yaml", "# mine\n");
    let given = ["init", "--type", "zone-file", "--set", "directory=masters", "--zone", ZONE, "--yes"];
    let ran = project.run(&given);
    ran.ends(64).tells(&["zones/example.test.yaml is there already, and init replaces nothing"]);
    assert_eq!(project.read("zones/example.test.yaml"), "# mine\n");
    assert!(!project.file("dnsure.yaml").exists());
}

#[test]
fn a_view_goes_into_a_file_of_its_own_and_a_provider_holds_one_of_a_name() {
    let (_, project) = nothing(Kind::Embedded);
    // `.gitignore` may be shared: what stands at its path stays a link.
    project.write("ignored", "target\n");
    std::os::unix::fs::symlink("ignored", project.file(".gitignore")).unwrap();
    let provider = project.host.provider();
    let directory = provider.split_once("directory: ").unwrap().1.trim_end_matches('}');
    let directory = format!("directory={directory}");
    let view = format!("{ZONE}!internal");
    let given = ["init", "--type", "embedded", "--set", &directory, "--yes", "--zone", &view];
    let both = project.run(&[given.as_slice(), &["--zone", ZONE]].concat());
    both.ends(1).tells(&["are two views of one name"]);
    assert!(!project.file("dnsure.yaml").exists());
    project.run(&given).ends(0).shows(&["plan: no changes", "zones/example.test.!internal.yaml"]);
    assert!(project.read("dnsure.yaml").contains("\"example.test.!internal\": {targets: [embedded]}"));
    project.run(&["plan", "--detailed-exitcode", &view]).ends(0);
    assert_eq!(project.read("ignored"), "target\n.dnsure/\n");
    assert!(project.file(".gitignore").is_symlink());
}
