//! The contract of the command line: exit codes, where what is printed, forms of output, Ctrl-C.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure::exit::ExitCode;
use lab::{Kind, Project, Ran};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BEFORE: &str = "www 300 A 192.0.2.10\nold 300 A 192.0.2.13";

fn project(kind: Kind) -> Project {
    let project = lab::on(kind, BEFORE);
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project
        .declare("www: {type: A, ttl: 300, value: 192.0.2.20}\nnew: {type: A, ttl: 300, value: 192.0.2.15}");
    project
}

#[test]
fn every_exit_code_stands_in_the_help() {
    let project = project(Kind::Embedded);
    let help = project.run(&["--help"]);
    help.ends(0);
    let words = help.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for (code, ..) in ExitCode::TABLE {
        assert!(words.contains(&format!(" {} ", *code as u8)), "{code:?}: {help:?}");
    }
}

#[test]
fn changes_end_with_2_only_where_asked() {
    let project = project(Kind::Embedded);
    project.run(&["plan"]).ends(0);
    project.run(&["plan", "--detailed-exitcode"]).ends(2);
    project.apply();
    project.run(&["plan", "--detailed-exitcode"]).ends(0);
}

#[test]
fn what_cannot_be_understood_ends_with_64() {
    let project = project(Kind::Embedded);
    for line in [
        &["frobnicate"][..],
        &["plan", "--frobnicate"],
        &["apply", "plan.json", "--resume"],
        &["apply", "--ack", "0123456789abcdef"],
        &["plan", "--format", "frobnicate"],
        &[],
    ] {
        let ran = project.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""), "{line:?}: {ran:?}");
    }
    // Nobody can be asked where no terminal is.
    let ran = project.run(&["apply"]);
    ran.ends(64).tells(&["--yes"]);
}

#[test]
fn global_flags_stand_anywhere_on_the_line() {
    let project = project(Kind::Embedded);
    let here = project.path().display().to_string();
    for line in [
        ["-C", &here, "--zone", "example.test", "--format", "json", "plan", "--detailed-exitcode"],
        ["plan", "--detailed-exitcode", "-C", &here, "--zone", "example.test", "--format", "json"],
        ["--format", "json", "plan", "--zone", "example.test", "--detailed-exitcode", "-C", &here],
    ] {
        let mut command = project.command(&line);
        command.current_dir("/");
        let ran = Ran::from_command(command);
        assert_eq!(ran.ends(2).event("plan")["plan"]["targets"][0]["zone"], "example.test.", "{line:?}");
    }
}

#[test]
fn a_plan_file_is_found_below_the_directory_that_was_named() {
    let project = project(Kind::Embedded);
    let here = project.path().display().to_string();
    for line in [
        &["-C", &here, "plan", "--out", "plan.json"][..],
        &["-C", &here, "show", "plan.json"],
        &["-C", &here, "apply", "plan.json", "--receipt", "receipt.json"],
        &["-C", &here, "show", "receipt.json"],
    ] {
        let mut command = project.command(line);
        let elsewhere = tempfile::tempdir().unwrap();
        let output = command.current_dir(elsewhere.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(project.file("plan.json").is_file() && project.file("receipt.json").is_file());
}

#[test]
fn what_would_be_passed_over_beside_a_plan_file_or_a_resume_is_refused() {
    let project = project(Kind::Embedded);
    project.plan();
    let before = project.snapshot();
    for line in [
        &["apply", "plan.json", "--zone", "example.test"][..],
        &["--zone", "not.there", "apply", "plan.json", "--yes"],
    ] {
        project.run(line).ends(64).tells(&["a plan file is applied whole", "dnsure plan"]);
    }
    for option in [
        &["--ack", "0123456789abcdef", "--reason", "because"][..],
        &["--accept-gap", "0123456789abcdef", "--reason", "because"],
        &["--create-zones"],
        &["--require-atomic"],
        &["--reason", "because"],
    ] {
        project.run(&[&["apply", "--resume"][..], option].concat()).ends(64).tells(&["--resume"]);
    }
    assert_eq!(project.snapshot(), before);
}

#[test]
fn a_reason_is_kept_in_journal_and_receipt_also_where_nothing_had_to_be_signed() {
    let project = project(Kind::Embedded);
    project.run(&["apply", "--yes", "--reason", "ticket 7", "--receipt", "receipt.json"]).ends(0);
    let receipt: serde_json::Value = serde_json::from_str(&project.read("receipt.json")).unwrap();
    assert_eq!(receipt["reason"], "ticket 7");
    project.run(&["show", "receipt.json"]).ends(0).shows(&["reason: ticket 7"]);
    let state = project.state();
    let (begin, _) = state.iter().find(|(path, _)| path.ends_with("000001.json")).unwrap();
    let journal = begin.parent().unwrap().display().to_string();
    project.run(&["show", &journal]).ends(0).shows(&["ticket 7"]);
}

#[test]
fn data_goes_to_stdout_and_talk_to_stderr() {
    let project = project(Kind::Embedded);
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.shows(&["www", "192.0.2.10", "192.0.2.20", "digest"]).tells(&["dnsure apply plan.json"]);
    assert!(!ran.out.contains("saved") && !ran.err.contains("192.0.2.20"), "{ran:?}");
    let ran = project.run(&["plan", "nonsense.example"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let ran = project.run(&["apply", "plan.json"]);
    ran.ends(0).shows(&["verified on"]);
    assert!(
        !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
        "colours without a terminal: {ran:?}"
    );
}

#[test]
fn json_output_is_a_stream_of_events_whatever_happens() {
    let project = project(Kind::Embedded);
    let run = |arguments: &[&str], code: i32| {
        let ran = project.run(&[arguments, &["--format", "json"]].concat());
        ran.ends(code);
        ran
    };
    let kinds = |ran: &Ran| -> Vec<String> {
        ran.events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    };
    let planned = run(&["plan", "--out", "plan.json"], 0);
    assert_eq!(kinds(&planned), ["started", "target_planned", "plan", "finished"]);
    let file: serde_json::Value = serde_json::from_str(&project.read("plan.json")).unwrap();
    assert_eq!(planned.event("plan")["plan"], file, "the plan in the stream is the plan in the file");
    let wrong = run(&["plan", "nonsense.example"], 1);
    assert_eq!(kinds(&wrong), ["started", "error", "finished"]);
    assert_eq!(wrong.event("error")["code"], "error");
    assert!(wrong.event("error")["message"].as_str().unwrap().contains("nonsense.example"));
    let applied = run(&["apply", "plan.json"], 0);
    let told = kinds(&applied);
    for (earlier, later) in [
        ("plan", "step_started"),
        ("step_started", "accepted"),
        ("accepted", "served"),
        ("served", "target_ended"),
        ("target_ended", "receipt"),
    ] {
        let at = |kind: &str| {
            told.iter().position(|one| one == kind).unwrap_or_else(|| panic!("{kind}: {told:?}"))
        };
        assert!(at(earlier) < at(later), "{told:?}");
    }
    assert_eq!(applied.event("receipt")["receipt"]["targets"][0]["outcome"], "done");
    let stale = run(&["apply", "plan.json"], 10);
    assert_eq!(stale.event("target_ended")["outcome"], "stale");
    assert_eq!(stale.event("target_ended")["exit"]["name"], "stale_plan");
    let verified = run(&["verify"], 0).event("target_verified");
    assert_eq!(verified["right"], verified["answers"]);
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.21}");
    assert_eq!(run(&["apply", "--yes"], 0).event("receipt")["receipt"]["targets"][0]["outcome"], "done");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.22}");
    let found = run(&["verify"], 13);
    assert_eq!(kinds(&found), ["started", "mismatch", "mismatch", "target_verified", "finished"]);
    assert_eq!(found.events()[1]["state"], "other");
    // Documents stay documents; what stops them is told as everywhere.
    let shown: serde_json::Value = serde_json::from_str(&run(&["show", "plan.json"], 0).out).unwrap();
    assert_eq!(shown["format_version"], "1.0");
    assert_eq!(kinds(&run(&["show", "absent.json"], 1)), ["error", "finished"]);
}

/// A command, what keeps it from ending well, and its exit code.
type Stopped = (&'static [&'static str], fn(&Project), i32);

/// Each begins with the same project.
const STOPPED: &[Stopped] = &[
    (&["validate"], break_files, 1),
    (&["plan"], break_files, 1),
    (&["plan"], silence, 1),
    (&["apply", "--yes"], break_files, 1),
    (&["apply", "plan.json"], |project| project.edit("www", "A", &["300 A 192.0.2.66"]), 10),
    (&["apply", "absent.json"], |_| (), 1),
    (&["apply"], |_| (), 64),
    (&["verify"], break_files, 1),
    (&["verify"], silence, 1),
    (&["drift"], break_files, 1),
    (&["drift"], silence, 1),
    (&["fmt"], break_files, 1),
    (&["fmt", "--check"], break_files, 1),
    (&["fmt", "zones/absent.yaml"], |_| (), 1),
    (&["import", "absent.test.", "--from", "main"], |_| (), 1),
    (&["import", "example.test.", "--overwrite", "--from", "nobody"], |_| (), 64),
    (&["import", "example.test.", "--from", "main", "--out", "-"], silence, 1),
    (&["init", "--type", "powerdns", "--yes"], |_| (), 64),
    (&["doctor"], silence, 1),
    (&["rollback", "--run", "absent"], |_| (), 1),
    (&["rollouts"], |project| project.write("dnsure.yaml", "zones: 1\n"), 1),
    (&["unlock", "absent.test."], |_| (), 1),
    (&["serve", "nobody"], |_| (), 64),
    (&["show", "absent.json"], |_| (), 1),
    (&["export", "zones/example.test.yaml"], break_files, 1),
];

fn break_files(project: &Project) {
    project.declare("www: {type: A, value: 192.0.2.999}");
}

fn silence(project: &Project) {
    let (head, tail) = project
        .read("dnsure.yaml")
        .split_once("  main: ")
        .map(|(head, tail)| (head.to_owned(), tail.to_owned()))
        .unwrap();
    let (_, rest) = tail.split_once('\n').unwrap();
    let silent = "{type: powerdns, url: \"http://127.0.0.1:9\", api_key: \"env:LAB_SECRET\"}";
    project.write("dnsure.yaml", &format!("{head}  main: {silent}\n{rest}"));
}

#[test]
fn what_stops_a_command_is_an_event_before_the_last_one() {
    for (line, break_it, code) in STOPPED {
        let project = project(Kind::Embedded);
        project.plan();
        break_it(&project);
        let ran = project.run(&[line, &["--format", "json"][..]].concat());
        let events = ran.ends(*code).events();
        let finished = events.last().unwrap();
        let errors: Vec<_> = events.iter().filter(|event| event["event"] == "error").collect();
        assert!(!errors.is_empty(), "{line:?}: {ran:?}");
        assert!(errors.iter().any(|error| error["code"] == finished["exit"]["name"]), "{line:?}: {ran:?}");
        assert!(errors.iter().all(|error| error["message"] != ""), "{line:?}: {ran:?}");
        // Whatever is an error on stderr is one in the stream.
        for told in ran.err.lines().filter_map(|line| line.strip_prefix("error: ")) {
            let is_said = |event: &serde_json::Value| {
                event["message"].as_str().is_some_and(|message| message.contains(told))
            };
            assert!(events.iter().any(is_said), "{line:?}: `{told}`: {ran:?}");
        }
    }
}

#[test]
fn plans_receipts_and_journals_are_shown() {
    let project = project(Kind::Embedded);
    project.plan();
    project.run(&["show", "plan.json"]).ends(0).shows(&["www", "192.0.2.20", "digest"]);
    project.run(&["apply", "plan.json", "--receipt", "receipt.json"]).ends(0);
    project.run(&["show", "receipt.json"]).ends(0).shows(&["step 1/1", "verified on"]);
    let state = project.state();
    let (entry, _) = state.iter().find(|(path, _)| path.ends_with("000001.json")).expect("a journal");
    let journal = entry.parent().unwrap().display().to_string();
    project.run(&["show", &journal]).ends(0).shows(&["example.test.", "applied"]);
    project.run(&["show", &entry.display().to_string()]).ends(0);
    project.run(&["show", "dnsure.yaml"]).ends(1).tells(&["dnsure.yaml"]);
    project.run(&["show", "nothing.json"]).ends(1).tells(&["nothing.json"]);
}

#[test]
fn verify_ends_with_13_and_a_grid_where_a_server_serves_something_else() {
    for kind in [Kind::Bind, Kind::PowerDnsApi, Kind::Embedded] {
        let project = project(kind);
        project.apply();
        project.run(&["verify"]).ends(0);
        project.edit("www", "A", &["300 A 192.0.2.66"]);
        let ran = project.run(&["verify"]);
        assert_eq!(ran.code, Some(13), "{kind:?}: {ran:?}");
        ran.shows(&["www", "192.0.2.66", "192.0.2.20", &project.host.addr().to_string()]);
        project.edit("www", "A", &[]);
        project.run(&["verify"]).ends(13).shows(&["www"]);
    }
}

/// Every command that prints, and what it prints where nothing is wrong.
const PRINTING: &[&[&str]] = &[
    &["validate", "--format", "json"],
    &["plan"],
    &["plan", "--format", "json"],
    &["plan", "--detailed-exitcode"],
    &["apply", "--yes"],
    &["verify"],
    &["drift"],
    &["doctor"],
    &["show", "plan.json"],
    &["export", "zones/example.test.yaml"],
    &["import", "example.test.", "--out", "-"],
    &["rollouts", "--format", "json"],
    &["man"],
    &["completions", "bash"],
    &["help"],
    &["--version"],
];

#[cfg(target_os = "linux")]
#[test]
fn what_stdout_does_not_take_is_an_error_and_a_reader_that_has_gone_is_none() {
    let project = project(Kind::Embedded);
    project.plan();
    for line in PRINTING {
        let mut command = project.command(line);
        command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
        let ran = command.stderr(std::process::Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        // `apply` has done it by then: the later ones see a zone that is settled.
        assert_eq!(ran.status.code(), Some(1), "{line:?}: {told}");
        assert!(
            told.contains("error: stdout did not take") && told.contains("No space left"),
            "{line:?}: {told}"
        );
    }
    for line in [&["plan"][..], &["validate", "--format", "json"], &["man"], &["help"]] {
        let mut command = project.command(line);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = command.stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.code() == Some(0) && !told.contains("stdout"), "{line:?}: {told}");
    }
}

#[test]
fn a_worse_end_stays_where_stdout_takes_nothing() {
    let project = project(Kind::Embedded);
    project.plan();
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    let mut command = project.command(&["apply", "plan.json", "--format", "json"]);
    command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(command.output().unwrap().status.code(), Some(10));
}

#[cfg(unix)]
#[test]
fn a_plan_or_a_receipt_takes_the_place_of_its_own_kind_alone() {
    let project = project(Kind::Embedded);
    project.plan();
    project.plan();
    let zone = project.zone_file();
    let before = project.read(&zone);
    let planned = project.read("plan.json");
    std::os::unix::fs::symlink("/dev/full", project.file("device")).unwrap();
    for (path, why) in [
        (zone.as_str(), "it is there already and is no"),
        ("device", "it is a device and no regular file"),
        ("zones", "it is a directory and no regular file"),
        ("no/such/x.json", "there is no directory"),
    ] {
        project.run(&["plan", "--out", path]).ends(1).tells(&[path, why]);
        let applied = project.run(&["apply", "--yes", "--receipt", path]);
        applied.ends(1).tells(&[path, why]);
        project.run(&["rollback", "--yes", "--receipt", path]).ends(1).tells(&[path, why]);
    }
    project.run(&["apply", "--yes", "--receipt", "plan.json"]).ends(1).tells(&["is no receipt"]);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"), "nothing was applied");
    assert_eq!((project.read(&zone), project.read("plan.json")), (before, planned));
    assert!(!project.file("no").exists() && project.file("device").is_symlink());
    project.run(&["apply", "--yes", "--receipt", "receipt.json"]).ends(0);
    project.run(&["apply", "--yes", "--receipt", "receipt.json"]).ends(0);
    project.run(&["plan", "--out", "receipt.json"]).ends(1).tells(&["is no plan file"]);
}

/// A project whose zone a second server holds as it was, and never follows.
fn with_a_lagging_server() -> (Project, Arc<lab::Host>) {
    let project = project(Kind::Bind);
    let lagging = lab::Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]);
    let text = project.read("dnsure.yaml");
    let servers = format!("servers: [\"{}\", \"{}\"], key:", project.host.addr(), lagging.addr());
    project.write("dnsure.yaml", &text.replace("key:", &servers).replace("20s", "2s"));
    (project, lagging)
}

#[test]
fn what_one_server_does_not_serve_is_taken_back_everywhere() {
    let (project, lagging) = with_a_lagging_server();
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(13).tells(&[&lagging.addr().to_string(), "192.0.2.10", "is taken back"]);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"));
    project.run(&["apply", "--resume"]).ends(0).tells(&["nothing to do"]);
}

#[test]
fn what_one_server_does_not_serve_stays_where_nothing_is_to_be_rolled_back() {
    let (project, lagging) = with_a_lagging_server();
    let ran = project.run(&["apply", "--yes", "--no-rollback"]);
    let hints = ["dnsure apply --resume", "dnsure rollback"];
    ran.ends(13).tells(&[&lagging.addr().to_string(), "192.0.2.10"]).tells(&hints);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.20"));
    project.run(&["rollback", "--yes"]).ends(0);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"));
}

const FIRST: &str = "press Ctrl-C again";

#[test]
fn ctrl_c_finishes_the_step_in_flight_and_says_how_to_go_on() {
    let mut project = project(Kind::Bind);
    project.set("DNSURE_SABOTAGE_RECORDS", "2");
    let running = project.pause_at("before write", &["apply", "--yes"]);
    running.interrupt(FIRST);
    let ran = running.finish();
    ran.ends(14).tells(&["finishing the step in flight", "dnsure apply --resume", "dnsure rollback"]);
    assert!(project.serves("new.example.test. 300 IN A 192.0.2.15"), "the step in flight is finished");
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"), "the next one is not begun");
    project.run(&["apply", "--resume"]).ends(0);
    project.assert_settled();
}

#[test]
fn ctrl_c_in_the_last_step_ends_a_run_that_is_done() {
    let project = project(Kind::Bind);
    let running = project.pause_at("before write", &["apply", "--yes"]);
    running.interrupt(FIRST);
    running.finish().ends(0);
    project.assert_settled();
    project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
}

#[test]
fn ctrl_c_before_the_first_write_leaves_nothing_to_finish() {
    let project = project(Kind::Bind);
    let before = project.snapshot();
    let running = project.pause_at("before prepare", &["apply", "--yes"]);
    running.interrupt(FIRST);
    let ran = running.finish();
    ran.ends(1).tells(&["nothing was written"]);
    assert_eq!(project.snapshot(), before);
    project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
    project.apply();
}

#[test]
fn a_second_ctrl_c_stops_at_once_and_the_journal_knows_where() {
    let project = project(Kind::Bind);
    let mut running = project.pause_at("after write", &["apply", "--yes"]);
    running.interrupt(FIRST);
    let asked = Instant::now();
    running.interrupt("stopped; go on");
    let ran = running.end();
    assert!(asked.elapsed() < Duration::from_secs(10));
    ran.ends(14).tells(&["dnsure apply --resume", "dnsure rollback"]);
    let _ = std::fs::remove_file(project.file("gate"));
    project.run(&["apply", "--resume"]).ends(0);
    project.assert_settled();
}

#[test]
fn ctrl_c_while_servers_lag_ends_soon() {
    let project = project(Kind::Bind);
    let lagging = lab::Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]);
    let text = project.read("dnsure.yaml");
    let servers = format!("servers: [\"{}\", \"{}\"], key:", project.host.addr(), lagging.addr());
    project.write("dnsure.yaml", &text.replace("key:", &servers));
    let running = project.pause_at("before settle", &["apply", "--yes"]);
    running.open();
    std::thread::sleep(Duration::from_millis(800));
    running.interrupt(FIRST);
    let asked = Instant::now();
    let mut running = running;
    let ran = running.end();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {ran:?}", asked.elapsed());
    ran.ends(14).tells(&["dnsure apply --resume", "dnsure rollback"]);
}

#[test]
fn calls_to_a_provider_are_counted_and_logged_where_that_is_asked_for() {
    let project = project(Kind::PowerDnsApi);
    let quiet = project.run(&["plan"]);
    assert!(!quiet.err.contains("call"), "{quiet:?}");
    let ran = project.run(&["plan", "--stats", "--verbose"]);
    ran.ends(0);
    let counted =
        ran.err.lines().find(|line| line.starts_with("main  1 call: 1 read, 0 writes · 0 bytes sent"));
    assert!(counted.is_some(), "{ran:?}");
    let logged: Vec<&str> = ran.err.lines().filter(|line| line.contains("DEBUG")).collect();
    assert!(
        matches!(logged.as_slice(), [line] if line.contains("method=GET status=200") && line.contains(lab::ZONE))
    );
    assert!(!ran.err.contains(project.host.secret()), "{ran:?}");
    let none = lab::on(Kind::Bind, BEFORE).run(&["plan", "--stats"]);
    assert!(!none.err.contains("call"), "{none:?}");
}
