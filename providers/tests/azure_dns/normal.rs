//! What Azure makes of what files declare.

use super::*;
use dnsure_providers::Normalised;
use dnsure_zones::Zone;
use dnsure_zones::ZoneBuilder;
use dnsure_zones::diagnostic::Position;

fn declared(sets: impl IntoIterator<Item = RecordSet>) -> Zone {
    let mut builder = ZoneBuilder::new(name("@"));
    for (line, mut set) in (1..).zip(sets) {
        set.position = Some(Position { file: "zones/example.test.yaml".into(), line, column: 1 });
        builder.push_set(&set).unwrap();
    }
    builder.finish()
}

async fn normal(records: &str, sets: impl IntoIterator<Item = RecordSet>) -> Normalised {
    let fixture = Fixture::with(records);
    fixture.live().await;
    let once = fixture.backend.normalise(&declared(sets));
    let twice = fixture.backend.normalise(&once.zone);
    let all = |zone: &Zone| zone.sets().map(|set| set.to_set()).collect::<Vec<_>>();
    assert_eq!(all(&once.zone), all(&twice.zone));
    once
}

#[tokio::test]
async fn what_azure_never_holds_is_refused_with_its_place_and_a_way_out() {
    let geo = |key: &str| {
        let mut set = set("g A 60 192.0.2.1");
        set.settings.0.insert(key.into(), json!({ "pools": {} }));
        set
    };
    let mut weighted = set("w A 60 192.0.2.1");
    weighted.key.set_id = Some("blue".into());
    let long: Vec<String> = (0..17).map(|number| format!("\"{number:0>250}\"")).collect();
    for (wrong, words) in [
        (geo("dynamic"), "alias: ID_OF_THE_PROFILE"),
        (geo("geo"), "no `geo` records"),
        (weighted, "no weighted or geo sets"),
        (set("@ DS 60 1 13 2 00"), "RFC 4035 2.4"),
        (set("d DS 60 1 13 2 00"), "`preview: true`"),
        (set("@ ALIAS 60 example.net."), "octodns: {azuredns: {alias:"),
        (set("s SSHFP 60 4 2 00"), "does not hold SSHFP"),
        (set("*.n NS 60 ns.example.net."), "no NS records at a wildcard"),
        (set("a\\.b A 60 192.0.2.1"), "owner names of letters"),
        (set("0/25 NS 60 ns.example.net."), "owner names of letters"),
        (set("@ SOA 3600 a.b.example. hostmaster 7 3600 600 604800 300"), "write ns1.example.test."),
        (set("z A 0 192.0.2.1"), "TTLs from 1 second"),
        (set("m MX 60 0 ."), "no null MX"),
        (set("t TXT 60 \"\""), "no empty TXT"),
        (set("t TXT 60 \"\\200\""), "printable ASCII"),
        (set(&format!("t TXT 60 {}", long.join(", "))), "4250 characters together, and Azure DNS takes 4096"),
        (set("b A 60"), "no values, and no `alias`"),
        (with("x TXT 60 x", json!({ "alias": PUBLIC_IP })), "alias records are A, AAAA or CNAME"),
        (with("x A 60 192.0.2.1", json!({ "alias": PUBLIC_IP })), "leave out one or the other"),
        (with("x A 60", json!({ "alias": "front" })), "must be the id of an Azure resource"),
        (with("x A 60 192.0.2.1", json!({ "metadata": { "a": 1 } })), "put numbers into quotes"),
        (with("x A 60 192.0.2.1", json!({ "proxied": true })), "no setting `proxied`"),
        (with("x A 60 192.0.2.1", json!("x")), "takes a mapping"),
    ] {
        let normal = normal("", [wrong.clone()]).await;
        assert_eq!(normal.refused.len(), 1, "{wrong:?}: {:?}", normal.refused);
        assert!(normal.refused[0].message.contains(words), "{words}: {}", normal.refused[0].message);
        assert_eq!(normal.refused[0].position.as_ref().unwrap().to_string(), "zones/example.test.yaml:1:1");
        assert_eq!(normal.zone.set_count(), 0);
    }
}

#[tokio::test]
async fn what_is_live_is_never_refused_nor_altered() {
    let fixture = Fixture::with("");
    fixture.cloud.by_hand(|azure| {
        azure.plant(
            APEX,
            "m",
            "MX",
            json!({ "TTL": 60, "MXRecords": [{ "preference": 0, "exchange": "." }] }),
        );
    });
    let live = fixture.live().await;
    let normal = fixture.backend.normalise(&live.zone);
    assert!(normal.refused.is_empty() && normal.notices.is_empty());
    assert_eq!(normal.zone.set_count(), live.zone.set_count());
}

#[tokio::test]
async fn settings_of_others_are_left_out_without_a_word() {
    let mut shared = with("x A 60 192.0.2.1", json!({ "healthcheck": { "interval": 30 } }));
    shared.settings.0.insert("cloudflare".into(), json!({ "proxied": true }));
    shared.settings.0.insert("dnsure".into(), json!({ "stand_in": "192.0.2.2" }));
    let normal = normal("", [shared]).await;
    assert!(normal.refused.is_empty() && normal.notices.is_empty(), "{normal:?}");
    assert!(normal.zone.sets().all(|set| set.settings().is_none()));
}

#[tokio::test]
async fn name_servers_of_azure_stay_at_the_apex_and_that_is_told() {
    let stays = normal("", [set("@ NS 3600 ns1, ns2")]).await;
    assert!(stays.notices.is_empty());
    let normal = normal("", [set("@ NS 3600 ns.example.org.")]).await;
    assert_eq!(normal.zone.sets().next().unwrap().to_set(), set("@ NS 3600 ns1, ns2, ns.example.org."));
    assert!(normal.notices[0].message.contains("(ns1.example.test., ns2.example.test.)"), "{normal:?}");
}

#[tokio::test]
async fn metadata_that_the_file_does_not_mention_stays_and_an_empty_mapping_takes_it_away() {
    let fixture = Fixture::with("");
    let kept = json!({ "metadata": { "owner": "web" } });
    assert!(accepted(&fixture.write(None, Some(with("www A 300 192.0.2.1", kept.clone()))).await));
    fixture.live().await;
    let held =
        |set: RecordSet| fixture.backend.normalise(&declared([set])).zone.sets().next().unwrap().to_set();
    assert_eq!(held(set("www A 300 192.0.2.2")), with("www A 300 192.0.2.2", kept));
    assert_eq!(held(with("www A 300 192.0.2.2", json!({ "metadata": {} }))), set("www A 300 192.0.2.2"));
    let other = with("www A 300 192.0.2.2", json!({ "metadata": { "a": "b" } }));
    assert_eq!(held(other.clone()), other);
}

fn many(count: u8) -> RecordSet {
    let many: Vec<String> = (1..=count).map(|number| format!("192.0.2.{number}")).collect();
    set(&format!("a A 60 {}", many.join(", ")))
}

#[tokio::test]
async fn the_quota_of_a_zone_is_heeded_where_azure_tells_it() {
    let fixture = Fixture::of(Azure::new().zone(APEX, &zone_text(APEX, "")).largest_set(APEX, 30));
    assert!(accepted(&fixture.write(None, Some(many(25))).await));
    assert!(fixture.backend.normalise(&declared([many(30)])).refused.is_empty());
    let refused = fixture.backend.normalise(&declared([many(31)])).refused;
    assert!(refused[0].message.contains("it has 31 records, and this zone's quota is 30"), "{refused:?}");
}

#[tokio::test]
async fn where_azure_does_not_tell_the_quota_the_usual_one_is_told_and_azure_decides() {
    let normal = normal("", [many(21)]).await;
    assert!(normal.refused.is_empty());
    assert!(
        normal.notices[0].message.contains("it has 21 records; Azure DNS takes 20 in a set"),
        "{normal:?}"
    );
    let fixture = Fixture::with("");
    refused(&fixture.write(None, Some(many(21))).await, "the maximum is 20");
}

#[tokio::test]
async fn the_id_of_a_resource_is_the_same_in_capitals() {
    let fixture = Fixture::with("");
    let live = with("www A 60", json!({ "alias": PUBLIC_IP }));
    assert!(accepted(&fixture.write(None, Some(live.clone())).await));
    fixture.live().await;
    let spelt = with("www A 60", json!({ "alias": PUBLIC_IP.replace("resourceGroups", "resourcegroups") }));
    let normal = fixture.backend.normalise(&declared([spelt]));
    assert_eq!(normal.zone.sets().next().unwrap().to_set(), live);
}
