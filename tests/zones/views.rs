//! Split horizon: two views of one name at two servers.

use super::configure;
use super::lab::{Host, Kind, Project, apex};
use std::sync::Arc;

const ZONE: &str = "example.test.";
const VIEW: &str = "example.test.!internal";

struct Horizon {
    outside: Arc<Host>,
    inside: Arc<Host>,
    project: Project,
}

fn horizon(kind: Kind) -> Horizon {
    let records = [(ZONE, "www 300 A 192.0.2.1")];
    let (outside, inside) = (Host::start(kind, &records), Host::start(kind, &records));
    let project = outside.project(ZONE);
    configure(
        &project,
        &[("outside", &outside), ("inside", &inside)],
        "example.test.: {targets: [outside]}\n\"example.test.!internal\": {targets: [inside], owns: zone}",
    );
    project.declare("www: {type: A, ttl: 300, value: 198.51.100.1}");
    let text = format!("{}www: {{type: A, ttl: 300, value: 10.0.0.1}}\n", apex(ZONE));
    project.write("zones/example.test.!internal.yaml", &text);
    Horizon { outside, inside, project }
}

fn serves(host: &Host, address: &str) -> bool {
    host.snapshot(ZONE).iter().any(|line| *line == format!("www.{ZONE} 300 IN A {address}"))
}

#[test]
fn each_view_goes_to_its_own_bind_and_a_second_plan_is_empty() {
    let Horizon { outside, inside, project } = horizon(Kind::Bind);
    let ran = project.plan();
    ran.shows(&[
        "example.test.!internal  inside",
        "example.test.  outside",
        "zones/example.test.!internal.yaml:4",
    ]);
    project.run(&["apply", "plan.json"]).ends(0);
    assert!(serves(&outside, "198.51.100.1") && serves(&inside, "10.0.0.1"));
    project.assert_settled();
    project.run(&["verify"]).ends(0).shows(&["example.test.!internal  inside"]);
}

#[test]
fn a_view_has_its_name_wherever_it_is_told_of() {
    let Horizon { inside, project, .. } = horizon(Kind::Embedded);
    const TOLD: &str = "example.test.!internal  inside";
    project.run(&["apply", "--yes", "--zone", VIEW, "--receipt", "receipt.json"]).ends(0).shows(&[TOLD]);
    project.run(&["show", "receipt.json"]).ends(0).shows(&[TOLD]);
    let state = project.state();
    let (entry, _) = state.iter().find(|(path, _)| path.ends_with("000001.json")).expect("a journal");
    let shown = "for example.test.!internal at inside";
    project.run(&["show", &entry.display().to_string()]).ends(0).shows(&[shown]);
    inside.edit(ZONE, &format!("www.{ZONE}"), "A", &[&format!("www.{ZONE} 300 A 10.0.0.66")]);
    project.run(&["drift", VIEW]).ends(2).shows(&[TOLD]);
    let drifted = project.run(&["drift", VIEW, "--format", "json"]).event("drift");
    assert_eq!((&drifted["zone"], &drifted["view"]), (&ZONE.into(), &"internal".into()));
    project.run(&["verify", VIEW]).ends(13).shows(&[TOLD]);
}

#[test]
fn a_run_of_a_view_that_stopped_is_gone_on_with_by_its_whole_name() {
    let Horizon { inside, project, .. } = horizon(Kind::Embedded);
    project.pause_at("before write", &["apply", "--yes", "--zone", VIEW]).kill();
    let locked = project.run(&["unlock"]);
    locked.ends(0).shows(&["example.test.!internal at inside  run "]);
    let ran = project.run(&["rollouts"]);
    ran.ends(0).shows(&[
        "example.test.!internal at inside  run ",
        "dnsure rollback 'example.test.!internal' --run ",
    ]);
    let command = "dnsure apply --resume --zone 'example.test.!internal'";
    ran.shows(&[command]);
    let event = project.run(&["rollouts", "--format", "json"]).event("interrupted");
    assert_eq!((&event["view"], &event["command"]), (&"internal".into(), &command.into()));
    project
        .run(&["apply", "--resume", "--zone", VIEW])
        .ends(0)
        .tells(&["for example.test.!internal at inside"]);
    assert!(serves(&inside, "10.0.0.1"));
}

#[test]
fn a_view_is_selected_by_its_name_and_the_other_stays() {
    let Horizon { outside, inside, project } = horizon(Kind::Embedded);
    project.run(&["apply", "--yes", "--zone", VIEW]).ends(0);
    assert!(serves(&outside, "192.0.2.1") && serves(&inside, "10.0.0.1"));
    project.run(&["plan", ZONE]).ends(0).shows(&["198.51.100.1"]).never_says("!internal");
    project
        .run(&["plan", "example.test.!other"])
        .ends(1)
        .tells(&["there is example.test., example.test.!internal"]);
}

#[test]
fn a_plan_of_a_view_is_refused_when_the_configuration_moves_it() {
    let Horizon { outside, inside, project } = horizon(Kind::Embedded);
    project.run(&["plan", VIEW, "--out", "plan.json"]).ends(0);
    assert!(project.read("plan.json").contains("\"view\": \"internal\""));
    configure(
        &project,
        &[("outside", &outside), ("inside", &inside)],
        "example.test.: {targets: [inside]}\n\"example.test.!internal\": {targets: [outside]}",
    );
    project.run(&["apply", "plan.json"]).ends(10).tells(&["example.test.!internal at inside", "plan again"]);
    assert!(serves(&inside, "192.0.2.1"));
}

#[test]
fn one_provider_is_never_the_target_of_two_views() {
    let Horizon { outside, inside, project } = horizon(Kind::Embedded);
    configure(
        &project,
        &[("outside", &outside), ("inside", &inside)],
        "example.test.: {targets: [outside]}\n\"example.test.!internal\":\n  targets: [inside, outside]",
    );
    let ran = project.run(&["validate"]);
    ran.ends(1).tells(&["dnsure.yaml:5:3", "dnsure.yaml:6:3", "two-views"]);
    // So it is where a glob brings the second view.
    configure(
        &project,
        &[("outside", &outside)],
        "\"*\": {targets: [outside]}\n\"*!internal\": {targets: [outside]}",
    );
    project.run(&["plan"]).ends(1).tells(&["two-views"]);
    // Also where the zone that the glob is for has no file: its policy would count for the view.
    std::fs::remove_file(project.file("zones/example.test.yaml")).unwrap();
    configure(
        &project,
        &[("outside", &outside)],
        "\"*\": {targets: [outside], owns: zone}\n\"example.test.!internal\": {targets: [outside]}",
    );
    project.run(&["plan"]).ends(1).tells(&["two-views"]);
}

#[test]
fn a_view_may_be_an_alias_of_the_zone_or_name_its_file() {
    let Horizon { outside, inside, project } = horizon(Kind::Embedded);
    std::fs::rename(project.file("zones/example.test.!internal.yaml"), project.file("zones/inside.yaml"))
        .unwrap();
    let providers = [("outside", outside.as_ref()), ("inside", inside.as_ref())];
    configure(
        &project,
        &providers,
        "example.test.: {targets: [outside]}\n\"example.test.!internal\": {targets: [inside], file: zones/inside.yaml}",
    );
    project.run(&["plan", VIEW]).ends(0).shows(&["10.0.0.1", "zones/inside.yaml:4"]);
    configure(
        &project,
        &providers,
        "example.test.: {targets: [outside]}\n\"example.test.!internal\": {targets: [inside], alias: example.test.}",
    );
    project.run(&["plan", VIEW]).ends(0).shows(&["198.51.100.1", "zones/example.test.yaml:4"]);
}
