//! Files that people wrote.

use crate::lab::ZONE;
use crate::{BEFORE, Site, bind, nsd};
use dnsure_kit::zone_text;

/// The zone with everything that people write.
fn by_hand() -> String {
    format!(
        "; ask the shop team before any change\n{}$TTL 1h\n$GENERATE 1-3 host$ A 192.0.2.10$\n$INCLUDE mail.inc\n",
        zone_text(ZONE, BEFORE)
    )
}

#[test]
fn a_file_with_comments_and_directives_is_read_and_only_written_where_that_is_asked_for() {
    let site = Site::new(bind);
    let mail = site.server.directory().join("mail.inc");
    std::fs::write(&mail, "mail 600 MX 10 mx.example.net. ; the old one\n").unwrap();
    let text = by_hand();
    site.edit(&text);
    let refused = site.project.run(&["plan"]);
    refused.ends(1).tells(&[
        "dnsure.yaml:6:3: example.test. at main is not written",
        "$GENERATE (line 14)",
        "$INCLUDE (line 15)",
        "a comment (line 1)",
        "rewrite: true",
    ]);
    assert_eq!(site.text(), text);
    site.configure(", rewrite: true");
    let planned = site.project.run(&["plan"]);
    // What the files declare nothing of goes, from the included file as well.
    planned.ends(0).shows(&["without its $GENERATE (line 14)", "mail", "host2"]);
    site.project.run(&["apply", "--yes"]).ends(0);
    assert!(!site.text().contains("$INCLUDE") && site.text().contains("192.0.2.20"));
    site.project.assert_settled();
    // From now on it is ours; a comment in it makes it theirs again.
    site.configure("");
    site.edit(&site.text().replace("; Written", "; hands off\n; Written"));
    site.project.assert_settled();
    site.project.declare("");
    site.project.run(&["plan"]).ends(1).tells(&["2 comments (the first in line 1)"]);
}

#[test]
fn an_included_file_that_changes_makes_the_write_stale() {
    let site = Site::new(bind);
    let mail = site.server.directory().join("mail.inc");
    std::fs::write(&mail, "mail 600 MX 10 mx.example.net.\n").unwrap();
    site.edit(&by_hand());
    site.configure(", rewrite: true");
    let paused = site.project.pause_at("before write", &["apply", "--yes"]);
    std::fs::write(&mail, "mail 600 MX 20 mx.example.net.\n").unwrap();
    paused.finish().ends(10).tells(&["mail.inc has changed"]);
    assert_eq!(site.text(), by_hand());
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_place_and_never_a_smaller_zone() {
    let site = Site::new(nsd);
    let good = site.text();
    for (bad, place) in [
        (format!("{good}broken 300 A 192.0.2.300\n"), "example.test.zone:12:14"),
        (format!("{good}$INCLUDE not-there.inc\n"), "example.test.zone:12:10"),
        (format!("{good}$INCLUDE /etc/passwd\n"), "leads out of the directory"),
        (good.lines().filter(|line| !line.contains("SOA")).collect::<Vec<_>>().join("\n"), "no SOA"),
        (String::new(), "no SOA"),
    ] {
        std::fs::write(site.path(), &bad).unwrap();
        site.project.run(&["plan"]).ends(1).tells(&["incomplete", place, "nothing was planned"]);
    }
}

#[test]
fn a_signed_file_is_never_written() {
    let site = Site::new(nsd);
    let signed = format!(
        "{}www 300 RRSIG A 8 3 300 20300101000000 20200101000000 1 example.test. AAAA\n",
        site.text()
    );
    std::fs::write(site.path(), &signed).unwrap();
    site.configure(", rewrite: true");
    site.project.run(&["plan"]).ends(1).tells(&["holds signatures", "let the server sign"]);
    assert_eq!(site.text(), signed);
}

#[test]
fn a_symbolic_link_is_refused_and_stays() {
    let site = Site::new(nsd);
    let real = site.server.directory().join("real");
    std::fs::rename(site.path(), &real).unwrap();
    std::os::unix::fs::symlink(&real, site.path()).unwrap();
    site.project.run(&["plan"]).ends(1).tells(&["no regular file"]);
    assert!(site.path().is_symlink());
}

#[test]
fn settings_that_make_no_sense_are_errors_with_their_places() {
    let site = Site::new(nsd);
    for (settings, words) in [
        (", check: [named-checkzone, \"{zone}\"]", "checks another file than the new one"),
        (", check: named-checkzone", "run without a shell"),
        (", check: []", "run without a shell"),
        (", file: \"../{zone}\"", "without `/`"),
        (", file: all.zone", "every zone has a file of its own"),
        (", serial: weekly", "write date, counter or unix"),
        (", software: tinydns", "write bind, knot or nsd"),
        (", reloads: [rndc]", "reload"),
    ] {
        site.configure(settings);
        site.project.run(&["plan"]).ends(1).tells(&["dnsure.yaml", words]);
    }
}
