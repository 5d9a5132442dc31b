//! The apex: its NS set never becomes empty, its SOA goes forward.

use crate::stage::{Kind, apex, stage};
use dnsure_kit::Prober;
use dnsure_providers::WriteEnd;
use dnsure_zones::RecordType;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apex_ns_records_change_without_a_hole() {
    for kind in Kind::ALL {
        let stage = stage(kind, "ns3 300 A 127.0.0.3\nns4 300 A 127.0.0.4");
        stage.prepare().await;
        let prober = Prober::watch(&[stage.addr()], &[("example.", 2)]);
        prober.wait_for_round(Duration::from_secs(10)).unwrap();
        for members in [
            "3600 ns1\n3600 ns3",
            "3600 ns4\n3600 ns3",
            "600 ns4\n600 ns3",
            "700 ns1\n700 ns2",
            "700 ns1",
            "800 ns1\n800 ns2\n800 ns3",
        ] {
            prober.begin_change(&[("example.", 2)]);
            stage.write_and_check(&[("@", "NS", members)]).await;
            prober.wait_for_round(Duration::from_secs(10)).unwrap();
        }
        let report = prober.stop();
        println!("{kind:?}: {report}");
        report.assert_no_hole();
    }
}

#[tokio::test]
async fn a_new_name_server_and_its_address_come_in_one_write() {
    for kind in Kind::ALL {
        let stage = stage(kind, "");
        stage.prepare().await;
        stage
            .write_and_check(&[
                ("@", "NS", "3600 ns8\n3600 ns9"),
                ("ns8", "A", "300 127.0.0.8"),
                ("ns9", "A", "300 127.0.0.9"),
                ("ns1", "A", ""),
            ])
            .await;
    }
}

#[tokio::test]
async fn the_last_apex_ns_records_are_never_deleted() {
    for kind in Kind::ALL {
        let stage = stage(kind, "");
        let end = stage.write(&[("@", "NS", "")]).await;
        assert!(matches!(end, WriteEnd::Refused { .. }), "{kind:?}: {end:?}");
    }
}

#[tokio::test]
async fn a_declared_soa_is_sent_with_the_next_serial() {
    for kind in Kind::ALL {
        let stage = stage(kind, "www 300 A 192.0.2.1");
        stage.prepare().await;
        let serial = stage.live().await.serial.unwrap();
        // The serial in the file counts for nothing.
        let soa = "3600 ns2 admin 7 1800 900 604800 60";
        let end = stage.write(&[("@", "SOA", soa), ("www", "A", "300 192.0.2.2")]).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{kind:?}: {end:?}");
        let live = stage.live().await;
        let set = live.zone.get(&apex(), RecordType::SOA).unwrap().to_set();
        let after = set.serial().unwrap();
        assert!(after.wrapping_sub(serial) < 10 && after != serial, "{kind:?}: {serial} → {after}");
        let text = set.texts().next().unwrap();
        let expected = format!("ns2.example. admin.example. {after} 1800 900 604800 60");
        assert_eq!(text, expected, "{kind:?}");
    }
}
