//! Names that change type, and sets that change, while everyone asks for them.

use crate::stage::{Kind, apex, changes, stage};
use dnsure_kit::Prober;
use dnsure_providers::{Backend, WriteEnd};
use std::time::Duration;

const A: u16 = 1;

/// `write_and_check` between two waits, so that questions fall on both sides of the change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_swaps_between_a_and_cname_is_never_missing() {
    for kind in Kind::ALL {
        let stage = stage(kind, "www 300 A 192.0.2.1\nweb 300 A 192.0.2.9\nother 300 A 192.0.2.8");
        stage.prepare().await;
        let prober = Prober::watch(&[stage.addr()], &[("www.example.", A), ("other.example.", A)]);
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        for round in 0..5 {
            prober.begin_change(&[("www.example.", A)]);
            let alias = format!("{} web", 60 + round);
            stage.write_and_check(&[("www", "A", ""), ("www", "CNAME", &alias)]).await;
            prober.wait_for_round(Duration::from_secs(10)).unwrap();
            let back = format!("300 192.0.2.{round}\n300 192.0.2.100");
            prober.begin_change(&[("www.example.", A)]);
            stage.write_and_check(&[("www", "CNAME", ""), ("www", "A", &back)]).await;
            prober.wait_for_round(Duration::from_secs(10)).unwrap();
        }
        let report = prober.stop();
        println!("{kind:?}: {report}");
        report.assert_no_hole();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lowering_a_ttl_as_in_the_xchart_outage_leaves_no_hole() {
    for kind in Kind::ALL {
        let stage = stage(kind, "www 3600 A 192.0.2.1\nwww 3600 A 192.0.2.2");
        stage.prepare().await;
        let prober = Prober::watch(&[stage.addr()], &[("www.example.", A)]);
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        for ttl in [300, 60, 30] {
            let members = format!("{ttl} 192.0.2.1\n{ttl} 192.0.2.2");
            prober.begin_change(&[("www.example.", A)]);
            stage.write_and_check(&[("www", "A", &members)]).await;
            prober.wait_for_round(Duration::from_secs(10)).unwrap();
        }
        let report = prober.stop();
        println!("{kind:?}: {report}");
        report.assert_no_hole();
    }
}

#[tokio::test]
async fn many_names_of_many_types_change_in_one_write() {
    for kind in Kind::ALL {
        let stage = stage(
            kind,
            "mx1 300 A 192.0.2.5\nmail 300 MX 10 mx1\nmail 300 MX 20 ns2\nt 300 TXT \"a\" \"b\"\nsrv 300 SRV 1 2 3 target\n\
             *.wild 300 A 192.0.2.1\nsub 300 NS ns.sub\nns.sub 300 A 192.0.2.3\ngone 300 A 192.0.2.4\n\
             d 300 DNAME example.org.",
        );
        stage.prepare().await;
        stage
            .write_and_check(&[
                ("mail", "MX", "300 10 mx1\n300 30 ns1"),
                ("t", "TXT", "60 \"a;b\\\"c\\\\\" \"\\000\\255\""),
                ("srv", "SRV", "300 1 2 4 target"),
                ("*.wild", "A", ""),
                ("*.wild", "CNAME", "300 www"),
                ("sub", "NS", "300 ns2.sub"),
                ("ns2.sub", "A", "300 192.0.2.33"),
                ("ns.sub", "A", ""),
                ("gone", "A", ""),
                ("d", "DNAME", "300 example.net."),
                ("caa", "CAA", "300 0 issue \"ca.example\""),
                ("https", "HTTPS", "300 1 . alpn=h2,h3 ipv4hint=192.0.2.1"),
                ("a.b.c", "AAAA", "300 2001:db8::1"),
            ])
            .await;
    }
}

/// The peers' figures for eight names polled among 1,500 that swap: 334 to 740 ms of NXDOMAIN each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifteen_hundred_names_swap_and_none_is_missing() {
    const NAMES: usize = 1500;
    for kind in Kind::ALL {
        let records: String = (0..NAMES).map(|name| format!("w{name} 300 A 192.0.2.1\n")).collect();
        let stage = stage(kind, &(records + "web 300 A 192.0.2.9"));
        stage.prepare().await;
        let polled: Vec<String> = (0..8).map(|name| format!("w{}.example.", name * 187)).collect();
        let polled: Vec<(&str, u16)> = polled.iter().map(|name| (name.as_str(), A)).collect();
        let prober = Prober::watch(&[stage.addr()], &polled);
        prober.wait_for_round(Duration::from_secs(20)).unwrap();
        let names: Vec<String> = (0..NAMES).map(|name| format!("w{name}")).collect();
        let edits: Vec<_> = names
            .iter()
            .flat_map(|name| [(name.as_str(), "A", ""), (name.as_str(), "CNAME", "300 web")])
            .collect();
        let planned = changes(&stage.live().await.zone, &edits);
        assert_eq!(planned.len(), NAMES);
        prober.begin_change(&polled);
        let room = stage.backend.guarantee(&apex()).limits.octets.unwrap();
        let mut rest = &planned[..];
        let mut writes = 0;
        while !rest.is_empty() {
            let mut size = 0;
            let fits = rest.iter().take_while(|change| {
                size += change.size().octets;
                size <= room
            });
            let (batch, later) = rest.split_at(fits.count());
            let live = stage.live().await;
            let end = stage.backend.write(&apex(), batch, &live).await;
            assert!(matches!(end, WriteEnd::Accepted { .. }), "{kind:?}: {end:?}");
            writes += 1;
            rest = later;
        }
        let live = stage.live().await.zone;
        let swapped = live.sets().filter(|set| set.rtype() == dnsure_zones::RecordType::CNAME).count();
        assert_eq!(swapped, NAMES, "{kind:?}");
        prober.wait_for_round(Duration::from_secs(20)).unwrap();
        let report = prober.stop();
        println!("{kind:?}, {writes} writes: {report}");
        report.assert_no_hole();
    }
}
