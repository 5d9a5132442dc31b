//! What goes wrong on the way: checks that refuse, reloads that fail, kills at every point, foreign hands.

use crate::lab::ZONE;
use crate::{Site, bind, nsd, serial};
use dnsure_kit::tell;

/// Where a write can be killed, in the order in which it passes them.
const POINTS: [&str; 7] = [
    "file half written",
    "file written",
    "file checked",
    "file compared",
    "file renamed",
    "before reload",
    "after reload",
];

#[test]
fn a_kill_at_any_point_leaves_the_old_file_or_the_new_one_and_a_run_that_can_be_finished_or_taken_back() {
    for (index, point) in POINTS.into_iter().enumerate() {
        // Taking back waits until the servers have had their time to serve what was written.
        let taken_back = matches!(point, "file written" | "file renamed");
        let ways = [&["apply", "--resume"][..], &["rollback", "--yes"]];
        for ways in ways.into_iter().take(1 + usize::from(taken_back)) {
            let site = Site::new(bind);
            let (before, served) = (site.text(), site.project.snapshot());
            let prober = site.prober();
            let killed = site.project.run_with(("DNSURE_SABOTAGE_KILL_IN", point), &["apply", "--yes"]);
            assert_eq!(killed.signal, Some(9), "{point}: {killed:?}");
            let left = site.text();
            let renamed = index >= 4;
            if renamed {
                assert!(
                    left.starts_with("; Written by dnsure") && left.contains("192.0.2.20"),
                    "{point}: {left}"
                );
                assert!(left.ends_with('\n') && serial(&left) > 1, "{point}: {left}");
            } else {
                assert_eq!(left, before, "{point}");
            }
            let half = site.path().with_file_name(".example.test.zone.dnsure-new");
            assert_eq!(half.exists(), !renamed, "{point}");
            let ended = site.project.run(ways);
            ended.ends(0);
            if ended.err.contains("no run was interrupted") {
                assert_eq!(site.text(), before, "{point}");
            }
            if ways[0] == "apply" {
                site.project.apply();
                site.project.assert_settled();
                assert!(site.project.serves("new.example.test. 300 IN A 192.0.2.15"), "{point}");
            } else {
                assert_eq!(site.project.snapshot(), served, "{point}: {ended:?}");
            }
            assert!(!half.exists() || site.text() == before, "{point}");
            prober.stop().assert_no_hole();
        }
    }
    tell(&format!("files on BIND: {} kills", POINTS.len() + 2));
}

#[test]
fn what_a_killed_writer_left_half_written_is_never_taken_for_the_zone() {
    let site = Site::new(nsd);
    let before = site.project.run(&["plan"]);
    site.project.run_with(("DNSURE_SABOTAGE_KILL_IN", "file half written"), &["apply", "--yes"]);
    let torn = site.path().with_file_name(".example.test.zone.dnsure-new");
    assert!(!std::fs::read_to_string(torn).unwrap().ends_with("here\"\n"));
    let after = site.project.run(&["plan"]);
    let changes = |text: &str| text.lines().filter(|line| line.starts_with("  ")).count();
    assert_eq!(changes(&after.out), changes(&before.out), "{after:?}");
}

#[test]
fn a_check_that_fails_refuses_the_write_with_its_words_and_nothing_changes() {
    let site = Site::new(bind);
    let (before, served) = (site.text(), site.project.snapshot());
    let script = "echo 'line 1'; printf 'bad \\033[31mrecord' >&2; test -f \"$0\" && exit 3";
    site.configure(&format!(", check: [sh, -c, {script:?}, \"{{file}}\"]"));
    let refused = site.project.run(&["apply", "--yes"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    refused.tells(&["ended with exit status: 3", "line 1"]).never_says("\u{1b}[31mrecord");
    assert_eq!((site.text(), site.project.snapshot()), (before, served));
    site.configure("");
    site.project.apply();
    site.project.assert_settled();
}

#[test]
fn a_check_that_changes_the_file_refuses_the_write_and_nothing_goes_live() {
    let site = Site::new(bind);
    let (before, served) = (site.text(), site.project.snapshot());
    for script in [
        "echo 'sneaky 300 A 192.0.2.66' >> \"$0\"",
        "rm \"$0\"",
        "cp \"$0\" copy; rm \"$0\"; ln -s \"$PWD/copy\" \"$0\"",
    ] {
        site.configure(&format!(", check: [sh, -c, {script:?}, \"{{file}}\"]"));
        let refused = site.project.run(&["apply", "--yes"]);
        assert_ne!(refused.code, Some(0), "{script}: {refused:?}");
        refused.tells(&["since `check` ran", "sh -c", "nothing changed"]);
        assert_eq!((site.text(), site.project.snapshot()), (before.clone(), served.clone()), "{script}");
    }
    site.configure("");
    site.project.apply();
    site.project.assert_settled();
}

#[test]
fn a_reload_that_fails_stops_the_run_which_can_be_resumed_or_taken_back() {
    for resumed in [true, false] {
        let site = Site::new(bind);
        let served = site.project.snapshot();
        let prober = site.prober();
        site.configure(", reload: [sh, -c, \"echo no such server; exit 1\"]");
        let failed = site.project.run(&["apply", "--yes"]);
        assert_ne!(failed.code, Some(0), "{failed:?}");
        failed.tells(&["no such server", "the new file is in place", "apply --resume"]);
        assert!(site.text().contains("192.0.2.20"));
        assert_eq!(site.project.snapshot(), served, "the servers answer as before");
        site.configure("");
        if resumed {
            site.project.run(&["apply", "--resume"]).ends(0);
            assert!(site.project.serves("new.example.test. 300 IN A 192.0.2.15"));
            site.project.assert_settled();
        } else {
            site.project.run(&["rollback", "--yes"]).ends(0);
            assert_eq!(site.project.snapshot(), served);
        }
        prober.stop().assert_no_hole();
    }
}

#[test]
fn what_a_command_said_is_told_once() {
    let once = |ran: &crate::lab::Ran, said: &str| {
        assert_eq!(ran.all().matches(said).count(), 1, "{said}: {ran:?}");
    };
    for setting in ["check: [./fails, \"{file}\"]", "reload: [./fails]"] {
        let site = Site::new(bind);
        site.project.write("fails", "#!/bin/sh\necho no such server\nexit 1\n");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(site.project.file("fails"), executable).unwrap();
        site.configure(&format!(", {setting}"));
        let failed = site.project.run(&["apply", "--yes"]);
        assert_ne!(failed.code, Some(0), "{failed:?}");
        once(&failed, "no such server");
        // The receipt keeps it.
        let receipt = failed.out.rsplit_once("receipt ").unwrap().1.trim();
        once(&site.project.run(&["show", receipt]), "no such server");
        failed.never_says(" ` ");
    }
}

#[test]
fn what_is_saved_in_an_editor_meanwhile_makes_the_write_stale() {
    for point in ["before write", "after read"] {
        let site = Site::new(bind);
        let paused = site.project.pause_at(point, &["apply", "--yes"]);
        let edited = site.text().replace("192.0.2.10", "192.0.2.99");
        std::fs::write(site.path(), &edited).unwrap();
        let stale = paused.finish();
        stale.ends(10).tells(&["example.test.zone"]);
        assert_eq!(site.text(), edited, "{point}");
    }
}

#[test]
fn commands_get_the_zone_and_the_file_and_no_secret_of_any_provider() {
    let site = Site::new(nsd);
    let seen = site.project.file("seen");
    let script = format!("(env; echo \"$0 $1\"; pwd) > {}", seen.display());
    site.configure(&format!(", check: [sh, -c, {script:?}, \"{{zone}}\", \"{{file}}\"]"));
    site.project.apply();
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains(&format!("{} ", ZONE.trim_end_matches('.'))), "{seen}");
    assert!(seen.contains("/.example.test.zone.dnsure-new"), "{seen}");
    assert!(
        seen.contains("PATH=") && !seen.contains("LAB_SECRET") && !seen.contains("a secret of"),
        "{seen}"
    );
}
