//! `fmt`: zone files laid out as octoDNS writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use lab::Kind;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

const UNTIDY: &str =
    "www: {type: a, ttl: '300', values: [192.0.2.1]}   # web\n\n\n\nmail: !include mail.yaml\n";
const TIDY: &str =
    "---\nwww:  # web\n  type: A\n  ttl: 300\n  value: 192.0.2.1\n\nmail: !include mail.yaml\n";

#[test]
fn files_and_what_they_include_are_laid_out_and_the_second_time_nothing_is_left_to_do() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.1");
    project.declare_only(UNTIDY);
    project.write("zones/mail.yaml", "{type: A, value: 192.0.2.2}\n");
    std::fs::set_permissions(project.file("zones/mail.yaml"), std::fs::Permissions::from_mode(0o640))
        .unwrap();
    let ran = project.run(&["fmt", "--check"]);
    ran.ends(2).shows(&["zones/example.test.yaml\n", "zones/mail.yaml\n"]);
    assert_eq!(project.read(&project.zone_file()), UNTIDY);
    project.run(&["fmt"]).ends(0).shows(&["zones/example.test.yaml\n", "zones/mail.yaml\n"]);
    assert_eq!(project.read(&project.zone_file()), TIDY);
    assert_eq!(project.read("zones/mail.yaml"), "---\ntype: A\nvalue: 192.0.2.2\n");
    let mode = std::fs::metadata(project.file("zones/mail.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let ran = project.run(&["fmt", "--check"]);
    ran.ends(0);
    assert_eq!(ran.out, "");
}

#[test]
fn files_with_errors_are_told_and_the_others_go_on() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.1");
    project.declare_only("www: {type: A, value: nonsense}\nx: !include good.yaml\n");
    project.write("zones/good.yaml", "{type: A, value: 192.0.2.2}\n");
    let ran = project.run(&["fmt"]);
    ran.ends(1).tells(&["nonsense", "zones/example.test.yaml: left as it is"]).shows(&["zones/good.yaml\n"]);
    assert_eq!(
        project.read(&project.zone_file()),
        "www: {type: A, value: nonsense}\nx: !include good.yaml\n"
    );
    // The other one has its layout now; what could not be looked at has none.
    let again = project.run(&["fmt"]);
    again.ends(1).tells(&["1 other file: the layout is right"]);
    project.run(&["fmt", "dnsure.yaml"]).ends(64);
    project.run(&["fmt", "zones/none.yaml"]).ends(1);
}

#[test]
fn stdin_comes_out_on_stdout_also_without_a_project() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.1");
    std::fs::remove_file(project.file("dnsure.yaml")).unwrap();
    let mut command = project.command(&["fmt", "-", "--sort"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"b: {type: A, value: 192.0.2.1} # b\n# of a\na: {type: TXT, value: \"x\"}\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "---\n# of a\na:\n  type: TXT\n  value: x\nb:  # b\n  type: A\n  value: 192.0.2.1\n"
    );
    project.write("some.yaml", "a: {type: A, value: 192.0.2.1}\n");
    project.run(&["fmt", "some.yaml"]).ends(0);
    assert_eq!(project.read("some.yaml"), "---\na:\n  type: A\n  value: 192.0.2.1\n");
}

#[test]
fn stdin_in_json_is_an_event_of_the_stream_that_holds_the_text() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.1");
    let (untidy, tidy) = ("a: {type: A, value: 192.0.2.1}\n", "---\na:\n  type: A\n  value: 192.0.2.1\n");
    let json = ["fmt", "-", "--format", "json"];
    let ran = project.run_fed(untidy, &json);
    let event = ran.ends(0).event("formatted");
    assert_eq!((&event["text"], &event["changed"]), (&tidy.into(), &serde_json::json!(["stdin"])));
    let event = project.run_fed(tidy, &json).ends(0).event("formatted");
    assert_eq!((&event["text"], &event["changed"]), (&tidy.into(), &serde_json::json!([])));
    let checked = project.run_fed(untidy, &["fmt", "-", "--check", "--format", "json"]);
    let event = checked.ends(2).event("formatted");
    assert!(event.get("text").is_none() && event["check"] == true, "{event}");
    project.run_fed("a: {type: A, value: x}\n", &json).ends(1).event("error");
}
