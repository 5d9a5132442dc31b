//! What is listed, page by page, and what it takes to find it.

use super::*;
use dnsure_kit::cloud::route53::failure;
use dnsure_kit::{Aws, Fault, Fits};
use std::sync::Arc;

/// 1,196 plain sets beside those of every test zone, and ten weighted ones across a border of pages.
fn large() -> String {
    let plain = (0..1_192).map(|number| format!("host-{number:04} 60 A 192.0.2.{}\n", number % 250));
    plain.collect()
}

fn weighted(owner: &str, id: &str, weight: u32, value: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>{owner}.{APEX}</Name><Type>A</Type><SetIdentifier>{id}</SetIdentifier>\
         <Weight>{weight}</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>\
         </ResourceRecords></ResourceRecordSet>"
    )
}

#[tokio::test]
async fn a_large_zone_is_read_over_pages_and_through_weighted_sets() {
    let fixture = Fixture::with(&large());
    let id = fixture.id();
    fixture.cloud.by_hand(|rig| {
        // The 300th set of the listing stands between these.
        for number in 0..10 {
            rig.by_hand(
                &id,
                &[("CREATE", weighted("host-0295a", &format!("set-{number}"), number, "192.0.2.251"))],
            );
        }
    });
    fixture.cloud.forget_calls();
    let live = fixture.live().await;
    assert_eq!(live.zone.set_count(), 1_206);
    let same_name = live.zone.at(&name("host-0295a")).count();
    assert_eq!(same_name, 10);
    let set = live.zone.at(&name("host-0295a")).last().unwrap().to_set();
    assert_eq!(set.settings.0["route53"], serde_json::json!({ "weight": 9 }));
    let calls = fixture.calls();
    assert_eq!(calls.iter().filter(|call| *call == "GET rrset").count(), 5, "{calls:?}");
    assert_eq!(calls.len(), 7);
    assert_eq!(fixture.backend.traffic().unwrap().reads, 7);
    assert!(fixture.cloud.calls().iter().any(|call| call.request.target.contains("identifier=set-")));
}

#[tokio::test]
async fn one_zone_among_many_is_found_with_three_reads() {
    let mut rig = Rig::start();
    for number in 0..300 {
        rig.create(&format!("a{number}.example.test."), false);
        rig.create(&format!("z{number}.example."), false);
    }
    let fixture = Fixture::of(rig.zone(APEX, &zone_text(APEX, "www 60 A 192.0.2.1\n")));
    assert!(fixture.live().await.zone.get(&name("www"), RecordType::A).is_some());
    let mut calls = fixture.calls();
    calls.sort();
    assert_eq!(calls, ["GET hostedzonesbyname", "GET rrset", "GET rrsetprotection"]);
    // It stays found.
    fixture.cloud.forget_calls();
    fixture.live().await;
    assert_eq!(fixture.calls().len(), 2);
}

#[tokio::test]
async fn names_and_values_come_back_as_they_were_written() {
    let records = "*.Wild 60 A 192.0.2.1\nback\\\\slash\\.dot 60 A 192.0.2.1\n\
        text 60 TXT \"a\\\"b\\\\c;\\228\\000\" \"second\"\nMiXed 60 CNAME Target.Example.\n\
        *.a.wild 60 TXT \"x\"\nservice 60 SVCB 1 . alpn=\"h2,h3\" ipv4hint=192.0.2.1\n";
    let fixture = Fixture::with(records);
    let live = fixture.live().await;
    for (owner, rtype, text) in [
        ("*.wild", RecordType::A, "192.0.2.1"),
        ("back\\\\slash\\.dot", RecordType::A, "192.0.2.1"),
        ("text", RecordType::TXT, "\"a\\\"b\\\\c;\\228\\000\" \"second\""),
        ("mixed", RecordType::CNAME, "Target.Example."),
    ] {
        let set = live.zone.get(&name(owner), rtype).unwrap_or_else(|| panic!("{owner}")).to_set();
        assert_eq!(set.texts().collect::<Vec<_>>(), [text]);
    }
    let listing = fixture.cloud.calls().last().unwrap().response.clone().unwrap().body;
    assert!(listing.contains("<Name>\\052.wild.example.test.</Name>"), "{listing}");
    assert!(listing.contains("\\344\\000"), "{listing}");
    // What is listed is what a file would be turned into.
    assert_eq!(fixture.backend.normalise(&live.zone).zone.set_count(), live.zone.set_count());
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_missing() {
    let fixture = Fixture::of(Rig::start());
    assert!(matches!(fixture.backend.read(&name("@")).await.unwrap(), Reading::Missing));
    let error = fixture.backend.prepare(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("no public zone example.test.: create it"), "{error}");
}

#[tokio::test]
async fn zones_of_one_name_are_told_apart_by_visibility_and_by_id() {
    let mut rig = Rig::start();
    let private = rig.create(APEX, true);
    let fixture = Fixture::of(rig);
    let error = fixture.backend.read(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains(&private) && error.contains("private: true"), "{error}");

    let [first, second] = fixture.cloud.by_hand(|rig| [rig.create(APEX, false), rig.create(APEX, false)]);
    let error = fixture.backend.read(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains(&first) && error.contains(&second) && !error.contains(&private), "{error}");

    let read = |mut settings: Route53Settings| {
        settings.url = fixture.cloud.url();
        Route53::new(settings).unwrap()
    };
    let by_visibility = read(Route53Settings { private: true, ..settings(String::new()) });
    assert!(matches!(by_visibility.read(&name("@")).await.unwrap(), Reading::Live(_)));
    assert_eq!(
        by_visibility.servers(&name("@")).await.unwrap_err().to_string().matches("private zone").count(),
        1
    );
    let zones = [(name("@"), second.clone())].into_iter().collect();
    let by_id = read(Route53Settings { zones, ..settings(String::new()) });
    fixture.cloud.forget_calls();
    assert!(matches!(by_id.read(&name("@")).await.unwrap(), Reading::Live(_)));
    assert!(fixture.cloud.calls().iter().all(|call| call.request.target.contains(&second)));
    let zones = [(name("@"), "ZNOTHERE".to_owned())].into_iter().collect();
    let error =
        read(Route53Settings { zones, ..settings(String::new()) }).read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("ZNOTHERE under `zones` of the provider is none"), "{error}");
}

#[tokio::test]
async fn a_zone_that_another_service_made_is_not_written_to() {
    let fixture = Fixture::with("");
    let id = fixture.id();
    let body = format!(
        "<ListHostedZonesByNameResponse><HostedZones><HostedZone><Id>/hostedzone/{id}</Id><Name>{APEX}</Name><LinkedService>\
         <ServicePrincipal>servicediscovery.amazonaws.com</ServicePrincipal></LinkedService></HostedZone></HostedZones>\
         </ListHostedZonesByNameResponse>"
    );
    let response = dnsure_kit::cloud::Response::text(200, "text/xml", body);
    fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("hostedzonesbyname"), times: 1, response });
    fixture.live().await;
    let error = fixture.backend.prepare(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains("servicediscovery.amazonaws.com made this hosted zone"), "{error}");
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_no_smaller_zone() {
    let fixture = Fixture::with(&large());
    let fits = Fits::method("GET").on("/rrset?maxitems").after(2);
    fixture.cloud.fault(Fault::Fails { fits: fits.clone(), times: 100, status: 500 });
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(
        matches!(&error, BackendError::Unreachable { reason, .. } if reason.contains("HTTP 500")),
        "{error}"
    );
}

#[tokio::test]
async fn one_failure_in_the_middle_of_paging_is_passed_over() {
    let fixture = Fixture::with(&large());
    let fits = Fits::method("GET").on("/rrset?maxitems").after(2);
    fixture.cloud.fault(Fault::Fails { fits: fits.clone(), times: 1, status: 500 });
    fixture.cloud.fault(Fault::LosesAnswer { fits, times: 1 });
    assert_eq!(fixture.live().await.zone.set_count(), 1_196);
    assert_eq!(fixture.backend.traffic().unwrap().repeats, 2);
}

#[tokio::test]
async fn a_cursor_that_does_not_move_is_no_end() {
    // moto has no third field, so that it begins again at the first weighted set of a name.
    let moto = Arc::new(Aws::moto());
    let rig = Rig::before(moto).zone(APEX, &zone_text(APEX, ""));
    let cloud = Cloud::start(rig, Vec::new());
    let id = cloud.by_hand(|rig| rig.id(APEX));
    cloud.by_hand(|rig| {
        for number in 0..301 {
            rig.by_hand(&id, &[("CREATE", weighted("www", &format!("set-{number:03}"), 1, "192.0.2.1"))]);
        }
    });
    let backend = Route53::new(settings(cloud.url())).unwrap();
    let error = backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Incomplete { .. }), "{error}");
}

#[tokio::test]
async fn what_is_no_listing_is_an_error() {
    let xml = "text/xml";
    for (body, words) in [
        ("not xml", "no XML"),
        ("<ListResourceRecordSetsResponse/>", "has no ResourceRecordSets"),
        ("<R><ResourceRecordSets/></R>", "whether it is the last"),
        ("<R><ResourceRecordSets/><IsTruncated>false</IsTruncated></R>", "no SOA"),
        ("<R><ResourceRecordSets/><IsTruncated>true</IsTruncated></R>", "was there before"),
        (
            "<R><ResourceRecordSets><ResourceRecordSet><Name>a.other.</Name><Type>A</Type><TTL>1</TTL></ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated></R>",
            "not in the zone",
        ),
        (
            "<R><ResourceRecordSets><ResourceRecordSet><Name>a.example.test.</Name><Type>NEW</Type></ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated></R>",
            "record type that dnsure does not know",
        ),
    ] {
        let fixture = Fixture::with("");
        let response = dnsure_kit::cloud::Response::text(200, xml, body);
        fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("/rrset?"), times: 9, response });
        let error = fixture.backend.read(&name("@")).await.unwrap_err();
        assert!(matches!(error, BackendError::Incomplete { .. }), "{body}: {error}");
        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[tokio::test]
async fn credentials_that_may_not_read_are_told_apart_from_those_that_are_none() {
    let fixture = Fixture::with("");
    for (code, words) in
        [("AccessDenied", "docs/route53.md"), ("InvalidClientTokenId", "did not accept the credentials")]
    {
        let response = failure(403, code, "not authorised, kit-secret-that-nobody-may-see");
        fixture.cloud.fault(Fault::Answers { fits: Fits::any().on("hostedzonesbyname"), times: 1, response });
        let error = fixture.backend.read(&name("@")).await.unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("[secret]"), "{error}");
        assert!(!error.contains("kit-secret"), "{error}");
    }
    assert!(!format!("{:?}", fixture.backend).contains("kit-secret"));
    assert!(!format!("{:?}", fixture.backend).contains("kit-token"));
}
