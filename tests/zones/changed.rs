//! `--changed-since`: zones by what git says.

use super::lab::Project;
use super::{configure, embedded};
use std::process::Command;

const ZONES: &[&str] = &["one.test.", "two.test.", "three.test.", "four.test.", "2.0.192.in-addr.arpa."];

fn git(project: &Project, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main"]);
    command.args(arguments).current_dir(project.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn commit(project: &Project) {
    git(project, &["add", "-A"]);
    git(project, &["commit", "-q", "-m", "zones"]);
}

/// `one` includes a file, `two` is split, `three` is plain, `four` is an alias of it, and the reverse
/// zone is made from `one`.
fn project() -> Project {
    let zones: Vec<(&str, &str)> = ZONES.iter().map(|zone| (*zone, "")).collect();
    let (host, project) = embedded(&zones);
    configure(
        &project,
        &[("main", &host)],
        "split_extension: \".\"\none.test.: {targets: [main]}\ntwo.test.: {targets: [main]}\nthree.test.: {targets: [main]}\n\
         four.test.: {alias: three.test.}\n2.0.192.in-addr.arpa.: {reverse_of: [one.test.], targets: [main]}",
    );
    project.write(".gitignore", ".dnsure\n");
    project.write("zones/one.test.yaml", "www: !include parts/www.yaml\n");
    std::fs::create_dir_all(project.file("zones/parts")).unwrap();
    project.write("zones/parts/www.yaml", "{type: A, value: 192.0.2.1}\n");
    std::fs::create_dir_all(project.file("zones/two.test.")).unwrap();
    project.write("zones/two.test./www.yaml", "www: {type: A, value: 192.0.2.2}\n");
    project.write("zones/two.test./mail.yaml", "mail: {type: A, value: 192.0.2.3}\n");
    project.write("zones/three.test.yaml", "www: {type: A, value: 192.0.2.4}\n");
    git(&project, &["init", "-q"]);
    commit(&project);
    project
}

/// The zones that are said to have changed.
#[track_caller]
fn changed(project: &Project) -> Vec<String> {
    let ran = project.run(&["validate", "--changed-since", "HEAD", "--format", "json"]);
    ran.events()
        .iter()
        .filter(|event| event["event"] == "zone_read")
        .map(|zone| zone["zone"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn nothing_changed_and_nothing_is_planned() {
    let project = project();
    assert!(changed(&project).is_empty());
    let ran = project.run(&["plan", "--changed-since", "HEAD", "--out", "plan.json"]);
    ran.ends(0).tells(&["0 of 5 zones changed since HEAD"]).shows(&["Plan: 0 to add"]);
    project.run(&["apply", "plan.json"]).ends(0);
}

#[test]
fn an_included_file_changes_the_zone_and_the_reverse_zone_made_from_it() {
    let project = project();
    project.write("zones/parts/www.yaml", "{type: A, value: 192.0.2.9}\n");
    assert_eq!(changed(&project), ["2.0.192.in-addr.arpa.", "one.test."]);
    std::fs::remove_file(project.file("zones/parts/www.yaml")).unwrap();
    assert_eq!(changed(&project), ["2.0.192.in-addr.arpa.", "one.test."]);
}

#[test]
fn an_alias_changes_with_its_source_and_a_split_zone_with_what_left_it() {
    let project = project();
    project.write("zones/three.test.yaml", "www: {type: A, value: 192.0.2.9}\n");
    assert_eq!(changed(&project), ["four.test.", "three.test."]);
    commit(&project);
    std::fs::remove_file(project.file("zones/two.test./mail.yaml")).unwrap();
    assert_eq!(changed(&project), ["two.test."]);
    git(&project, &["checkout", "-q", "."]);
    project.write("zones/two.test./new.yaml", "new: {type: A, value: 192.0.2.9}\n");
    assert_eq!(changed(&project), ["two.test."], "untracked files count");
}

#[test]
fn the_configuration_changes_all_zones() {
    let project = project();
    let text = project.read("dnsure.yaml");
    project.write("dnsure.yaml", &format!("{text}# a word\n"));
    assert_eq!(changed(&project).len(), ZONES.len());
}

#[test]
fn a_reference_that_git_does_not_know_says_how_to_go_on() {
    let project = project();
    let ran = project.run(&["plan", "--changed-since", "origin/main"]);
    ran.ends(1).tells(&["git knows no commit `origin/main` here", "git fetch"]);
    project.run(&["plan", "--changed-since", "--output=x"]).ends(64);
    project.run(&["plan", "--changed-since=--output=x"]).ends(1).tells(&["git knows no commit `--output=x`"]);
    commit_again(&project);
    let clone = project.file("clone");
    git(&project, &["clone", "-q", "--depth", "1", &format!("file://{}", project.path().display()), "clone"]);
    let first = git(&project, &["rev-list", "--max-parents=0", "HEAD"]);
    let mut command = project.command(&["plan", "--changed-since", first.trim()]);
    command.current_dir(&clone);
    super::lab::Ran::from_command(command).ends(1).tells(&["shallow", "fetch-depth: 0"]);
    std::fs::remove_dir_all(project.file(".git")).unwrap();
    project.run(&["plan", "--changed-since", "HEAD"]).ends(1).tells(&["git failed", "not a git repository"]);
}

fn commit_again(project: &Project) {
    project.write("zones/three.test.yaml", "www: {type: A, value: 192.0.2.9}\n");
    commit(project);
}
