//! Parts of a zone: `--name`.

use super::lab::{Kind, Project, on};

const BEFORE: &str = "www 300 A 192.0.2.1\nold 300 A 192.0.2.2\nmail 300 A 192.0.2.3";

fn project(kind: Kind) -> Project {
    let project = on(kind, BEFORE);
    project.configure(", guards: {max_delete_percent: 100}", "");
    let lines = "www: {type: A, ttl: 300, value: 192.0.2.1}\nold: {type: A, ttl: 300, value: 192.0.2.2}\nmail: {type: A, ttl: 300, value: 192.0.2.3}";
    project.declare(lines);
    project.apply();
    project
}

const AFTER: &str = "www: {type: A, ttl: 300, value: 192.0.2.10}\nmail: {type: A, ttl: 300, value: 192.0.2.30}\n\
                     a.shop: {type: A, ttl: 300, value: 192.0.2.40}";

#[test]
fn only_the_named_owners_change_and_the_plan_file_says_so() {
    let project = project(Kind::Bind);
    project.declare(AFTER);
    let ran = project.run(&["plan", "--name", "www", "--name", "*.shop", "--out", "plan.json"]);
    ran.ends(0).shows(&[
        "only www, *.shop",
        "192.0.2.10",
        "192.0.2.40",
        "Plan: 1 to add, 1 to change, 0 to destroy",
    ]);
    ran.never_says("192.0.2.30").never_says("192.0.2.2 ");
    project.run(&["apply", "plan.json"]).ends(0);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"));
    assert!(project.serves("mail.example.test. 300 IN A 192.0.2.3"));
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.2"));
    project.run(&["verify", "--name", "www"]).ends(0).shows(&["1 of 1 answers are right"]);
    project.run(&["verify"]).ends(13);
}

#[test]
fn what_left_the_files_is_still_ours_to_delete_after_a_part_was_applied() {
    let project = project(Kind::Embedded);
    project.declare(AFTER);
    // A stranger creates what the files declare and nobody applied: it is not ours by that.
    project.run(&["apply", "--yes", "--name", "www"]).ends(0);
    let ran = project.run(&["plan"]);
    ran.ends(0).shows(&["- old", "Plan: 1 to add, 1 to change, 1 to destroy"]);
    project
        .declare("www: {type: A, ttl: 300, value: 192.0.2.10}\nmail: {type: A, ttl: 300, value: 192.0.2.3}");
    project.edit("a.shop", "A", &["300 A 192.0.2.99"]);
    let ran = project.run(&["plan"]);
    ran.ends(0).shows(&["! a.shop", "Plan: 0 to add, 0 to change, 1 to destroy"]);
    // A part without changes keeps it so, too.
    project.run(&["apply", "--yes", "--name", "mail"]).ends(0);
    project.run(&["plan"]).ends(0).shows(&["- old", "! a.shop"]);
}

#[test]
fn guards_count_what_is_planned() {
    let project = project(Kind::Embedded);
    project.configure(", protect: [\"mail A\"], guards: {max_deletes: 0, max_delete_percent: 100}", "");
    project.declare(AFTER);
    project.run(&["apply", "--yes"]).ends(12).tells(&["mail", "protected", "would be destroyed"]);
    project.run(&["apply", "--yes", "--name", "www"]).ends(0);
    project.run(&["apply", "--yes", "--name", "old"]).ends(12).never_says("protected");
}

#[test]
fn a_plan_that_changes_more_than_it_says_is_refused() {
    let project = project(Kind::Embedded);
    project.declare(AFTER);
    project.run(&["plan", "--name", "www", "--out", "plan.json"]).ends(0);
    let plan: serde_json::Value = serde_json::from_str(&project.read("plan.json")).unwrap();
    assert_eq!(plan["targets"][0]["names"], serde_json::json!(["www"]));
    // Acknowledgements are for this part.
    let whole = project.run(&["plan", "--format", "json"]);
    assert_ne!(plan["digest"], whole.event("plan")["plan"]["digest"]);
}

#[test]
fn a_glob_that_nothing_matches_is_told_and_where_none_matches_nothing_is_done() {
    let project = project(Kind::Embedded);
    project.declare(AFTER);
    let before = project.snapshot();
    let told = "no owner name matches --name `wwww`: did you mean `www`?";
    let ran = project.run(&["plan", "--name", "wwww", "--name", "mail.example.test."]);
    ran.ends(0).tells(&[told]).never_says("--name `mail");
    let alone: [&[&str]; 5] =
        [&["plan", "--out", "new.json"], &["apply", "--yes"], &["drift"], &["drift", "--adopt"], &["verify"]];
    for line in alone {
        project.run(&[line, &["--name", "wwww"]].concat()).ends(1).tells(&["error: ", told]);
    }
    assert!(!project.file("new.json").exists());
    project.run(&["drift", "--name", "wwww", "--name", "www"]).ends(2).tells(&["warning: ", told]);
    // What is live only, or in the files only, is a name too.
    project.run(&["verify", "--name", "old"]).ends(0);
    project.run(&["plan", "--name", "a.shop"]).ends(0).never_says("no owner name");
    assert_eq!(project.snapshot(), before);
    project.run(&["apply", "plan.json", "--name", "www"]).ends(64);
}
