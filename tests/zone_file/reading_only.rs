//! A server that only gives zone transfers, as a target.

use crate::{Site, knot};

#[test]
fn a_server_that_only_gives_transfers_is_no_target_of_a_plan() {
    let site = Site::new(knot);
    let text = format!(
        "providers:\n  old: {{type: axfr, server: \"{}\"}}\nzones:\n  directory: zones\n  \
         example.test.: {{targets: [old]}}\n",
        site.server.addr()
    );
    site.project.write("dnsure.yaml", &text);
    for command in [&["plan"][..], &["apply", "--yes"]] {
        site.project.run(command).ends(1).tells(&[
            "dnsure.yaml:5:3: example.test. at old is not written",
            "an axfr provider is only read",
        ]);
    }
    site.project.run(&["verify"]).ends(13);
}
