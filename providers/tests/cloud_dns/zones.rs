//! Which managed zone is meant, and zones that are created.

use super::*;
use serde_json::json;

fn twins() -> Google {
    let inside = ManagedZone::from_file("inside", APEX, &zone_text(APEX, "in A 10.0.0.1")).private();
    Google::new().with(zone("out A 192.0.2.1")).with(inside)
}

async fn read(fixture: &Fixture) -> Result<Reading, BackendError> {
    fixture.backend.read(&name("@")).await
}

#[tokio::test]
async fn of_a_public_and_a_private_zone_of_one_name_the_visibility_tells() {
    let public = Fixture::of(twins());
    assert!(public.set("out", RecordType::A).await.is_some());
    let private = Fixture::set_up(twins(), |settings| settings.private = true);
    assert!(private.set("in", RecordType::A).await.is_some());
    assert!(accepted(&private.write(&[(Some("in A 3600 10.0.0.1"), None)]).await));
    assert!(public.set("out", RecordType::A).await.is_some());
    assert!(!private.backend.guarantee(&name("@")).creates_zones);
}

#[tokio::test]
async fn a_private_zone_alone_is_no_public_one() {
    let fixture = Fixture::of(Google::new().with(zone("").private()));
    assert!(matches!(read(&fixture).await.unwrap(), Reading::Missing));
}

#[tokio::test]
async fn several_that_could_be_meant_are_listed_and_one_is_chosen_by_name_or_id() {
    let other = || ManagedZone::from_file("other", APEX, &zone_text(APEX, "other A 192.0.2.1"));
    let google = || Google::new().with(zone("")).with(other());
    let error = read(&Fixture::of(google())).await.unwrap_err();
    assert!(matches!(&error, BackendError::Setup { .. }), "{error}");
    let id = other().id;
    for words in ["main (", &format!("other ({id})"), "under `zones`"] {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    for chosen in ["other", &id] {
        let fixture = Fixture::set_up(google(), |settings| {
            settings.zones.insert(name("@"), chosen.into());
        });
        assert!(fixture.set("other", RecordType::A).await.is_some());
    }
    let fixture = Fixture::set_up(google(), |settings| {
        settings.zones.insert(name("@"), "nobody".into());
    });
    let error = read(&fixture).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nobody under `zones` of the provider is none of the zones of this name: main"),
        "{error}"
    );
}

#[tokio::test]
async fn zones_without_records_of_their_own_are_refused_in_words() {
    for (member, value, words) in [
        ("peeringConfig", json!({ "targetNetwork": {} }), "DNS peering"),
        ("forwardingConfig", json!({ "targetNameServers": [] }), "forwards every question"),
        ("reverseLookupConfig", json!({}), "addresses of machines"),
        ("serviceDirectoryConfig", json!({ "namespace": {} }), "service directory"),
    ] {
        let google = Google::new().with(zone("").private().having(member, value));
        let fixture = Fixture::set_up(google, |settings| settings.private = true);
        let error = read(&fixture).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_zone_is_created_with_the_declared_name_servers() {
    let fixture = Fixture::of(Google::new());
    assert!(matches!(read(&fixture).await.unwrap(), Reading::Missing));
    assert!(fixture.backend.guarantee(&name("@")).creates_zones);
    let initial = declared("'': {type: NS, ttl: 60, values: [ns1.example.net., ns2.example.net.]}");
    fixture.backend.create_zone(&name("@"), &initial).await.unwrap();
    assert_eq!(
        fixture.set("@", RecordType::NS).await.unwrap(),
        set("@ NS 60 ns1.example.net., ns2.example.net.")
    );
    assert!(fixture.set("@", RecordType::SOA).await.is_some(), "Google's own");
    let made = fixture.cloud.by_hand(|google| google.zone("example-test").dns_name.clone());
    assert_eq!(made, APEX);
    let error = fixture.backend.create_zone(&name("@"), &initial).await.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
}

#[tokio::test]
async fn a_name_that_no_managed_zone_can_have_is_refused() {
    let fixture = Fixture::of(Google::new());
    for apex in ["_tcp.example.test.", &format!("{}.test.", "a".repeat(63))] {
        let apex: Name = apex.parse().unwrap();
        let error = fixture.backend.create_zone(&apex, &Zone::empty(apex.clone())).await.unwrap_err();
        assert!(error.to_string().contains("under another name"), "{error}");
    }
    let reverse: Name = "2.0.192.in-addr.arpa.".parse().unwrap();
    fixture.backend.create_zone(&reverse, &Zone::empty(reverse.clone())).await.unwrap();
    assert!(fixture.cloud.by_hand(|google| google.zones[0].name == "zone-2-0-192-in-addr-arpa"));
}
