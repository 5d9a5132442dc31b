//! What stands beside the data: proxied, comments, tags, switches.

use super::*;

/// Every state that a name was in at the API, from each request on: whether all of its records are
/// proxied.
fn states_of(fixture: &Fixture, owner: &str) -> Vec<Vec<bool>> {
    let owner = name(owner).to_string();
    let owner = owner.trim_end_matches('.');
    let said = fixture.batches();
    let of = |list: &Value| -> Vec<bool> {
        let all = list.as_array().into_iter().flatten().filter(|one| one["name"] == owner);
        all.map(|one| one["proxied"].as_bool().unwrap_or(false)).collect()
    };
    said.iter().map(|batch| [of(&batch["posts"]), of(&batch["patches"])].concat()).collect()
}

#[tokio::test]
async fn a_proxied_record_is_proxied_from_its_first_moment() {
    let fixture = Fixture::with("");
    accepted(
        &fixture
            .bring_about(&[proxied("www A 300 192.0.2.1"), proxied("alias CNAME 300 x.example.net.")], &[])
            .await,
    );
    accepted(&fixture.bring_about(&[proxied("www A 300 192.0.2.2, 300 192.0.2.3")], &[]).await);
    accepted(&fixture.bring_about(&[proxied("www CNAME 300 x.example.net.")], &["www A"]).await);
    for states in [states_of(&fixture, "www"), states_of(&fixture, "alias")] {
        assert!(states.iter().flatten().all(|proxied| *proxied), "{states:?}");
    }
    // One batch each, and no other write: there is no state in between.
    assert_eq!(fixture.calls().iter().filter(|call| !call.starts_with("GET")).count(), 3);
    assert_eq!(fixture.set("www", RecordType::CNAME).await.unwrap(), proxied("www CNAME 300 x.example.net."));
    assert!(fixture.records("www", "CNAME").iter().all(|record| record.proxied && record.ttl == 1));
}

#[tokio::test]
async fn proxying_is_switched_in_place() {
    let fixture = Fixture::with("www 3600 A 192.0.2.1");
    let id = fixture.records("www", "A")[0].id.clone();
    accepted(&fixture.bring_about(&[proxied("www A 300 192.0.2.1")], &[]).await);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), proxied("www A 300 192.0.2.1"));
    accepted(&fixture.bring_about(&[set("www A 3600 192.0.2.1")], &[]).await);
    let [record] = &fixture.records("www", "A")[..] else { panic!("not one record") };
    assert_eq!((&record.id, record.proxied, record.ttl), (&id, false, 3_600));
    assert_eq!(fixture.batches().iter().map(counts).collect::<Vec<_>>(), [[0, 1, 0], [0, 1, 0]]);
}

#[tokio::test]
async fn comments_tags_and_settings_stay_when_data_change() {
    let fixture = Fixture::with("www 300 CNAME a.example.net.");
    fixture.cloud.by_hand(|fake| {
        fake.zone_mut(APEX).edit("www.example.test.", "CNAME", |record| {
            record.comment = Some("ask the web team".into());
            record.tags = vec!["team:web".into(), "env:prod".into()];
            record.settings.insert("flatten_cname".into(), true.into());
            record.more.insert("new_in_2027".into(), json!({ "a": 1 }));
        });
    });
    let own =
        json!({ "comment": "ask the web team", "tags": ["env:prod", "team:web"], "flatten-cname": true });
    let before = with("www CNAME 300 a.example.net.", own.clone());
    assert_eq!(fixture.set("www", RecordType::CNAME).await.unwrap(), before);
    accepted(&fixture.bring_about(&[with("www CNAME 300 b.example.net.", own)], &[]).await);
    let [record] = &fixture.records("www", "CNAME")[..] else { panic!("not one record") };
    assert_eq!(record.content, "b.example.net");
    assert_eq!((record.comment.as_deref(), record.tags.len()), (Some("ask the web team"), 2));
    assert!(record.settings["flatten_cname"] == true && record.more.contains_key("new_in_2027"));
    let patch = &fixture.batches()[0]["patches"][0];
    for untouched in ["comment", "tags", "settings"] {
        assert!(patch.get(untouched).is_none(), "{patch}");
    }
}

#[tokio::test]
async fn comments_tags_and_switches_are_edited_alone() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2");
    let states = [
        json!({ "comment": "one" }),
        json!({ "comment": "two", "tags": ["a:b"] }),
        json!({ "proxied": true, "auto-ttl": true, "ipv4-only": true }),
        json!({ "proxied": true, "auto-ttl": true, "ipv6-only": true, "private-routing": true }),
    ];
    for own in states {
        let wanted = with("www A 300 192.0.2.1, 300 192.0.2.2", own);
        accepted(&fixture.bring_about(std::slice::from_ref(&wanted), &[]).await);
        assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), wanted);
    }
    accepted(&fixture.bring_about(&[set("www A 300 192.0.2.1, 300 192.0.2.2")], &[]).await);
    for record in fixture.records("www", "A") {
        assert_eq!((record.comment, record.tags.len(), record.proxied), (None, 0, false));
        assert!(record.settings.values().all(|on| on == false), "{:?}", record.settings);
    }
    assert!(fixture.batches().iter().all(|batch| counts(batch) == [0, 2, 0]));
    let change = &changes(
        &fixture.live().await,
        &[with("www A 300 192.0.2.1, 300 192.0.2.2", json!({ "comment": "x" }))],
        &[],
    )[0];
    assert_eq!(change.size().edits, 2, "other settings are an edit of each record");
}

#[tokio::test]
async fn members_that_differ_are_told_apart_and_brought_back() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 600 A 192.0.2.2\nwww 300 A 192.0.2.3");
    fixture.cloud.by_hand(|fake| {
        for record in fake.zone_mut(APEX).at("www.example.test.", "A") {
            match record.content.as_str() {
                "192.0.2.2" => (record.ttl, record.comment) = (600, Some("the new one".into())),
                "192.0.2.3" => record.ttl = 1,
                _ => record.tags = vec!["a:b".into()],
            }
        }
    });
    let mixed = fixture.set("www", RecordType::A).await.unwrap();
    assert!(mixed.has_mixed_ttls());
    let values = json!([
        { "value": "192.0.2.1", "tags": ["a:b"] },
        { "value": "192.0.2.2", "comment": "the new one" },
        { "value": "192.0.2.3", "auto-ttl": true },
    ]);
    assert_eq!(mixed, with("www A 300 192.0.2.1, 600 192.0.2.2, 300 192.0.2.3", json!({ "values": values })));
    // A plain set mends it, and taking that back brings all of it back.
    let plain = set("www A 300 192.0.2.1, 300 192.0.2.2, 300 192.0.2.3");
    accepted(&fixture.bring_about(std::slice::from_ref(&plain), &[]).await);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), plain);
    accepted(&fixture.bring_about(std::slice::from_ref(&mixed), &[]).await);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), mixed);
}

#[tokio::test]
async fn one_proxied_member_makes_the_set_proxied() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2");
    fixture.cloud.by_hand(|fake| {
        let mut records = fake.zone_mut(APEX).at("www.example.test.", "A");
        (records[1].proxied, records[1].ttl) = (true, 1);
    });
    let mixed = fixture.set("www", RecordType::A).await.unwrap();
    assert_eq!(mixed.settings.0["cloudflare"]["proxied"], true);
    assert!(mixed.made_by_provider().is_some());
    accepted(&fixture.bring_about(&[proxied("www A 300 192.0.2.1, 300 192.0.2.2")], &[]).await);
    assert_eq!(counts(&fixture.batches()[0]), [0, 1, 0]);
}

#[tokio::test]
async fn an_automatic_ttl_is_300_seconds() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let automatic = with("www A 300 192.0.2.1", json!({ "auto-ttl": true }));
    accepted(&fixture.bring_about(std::slice::from_ref(&automatic), &[]).await);
    assert_eq!(fixture.records("www", "A")[0].ttl, 1);
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), automatic);
}

#[tokio::test]
async fn what_a_file_does_not_name_stays_and_what_it_names_is_taken_away() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\nalias 300 CNAME x.example.net.");
    fixture.cloud.by_hand(|fake| {
        let zone = fake.zone_mut(APEX);
        zone.edit("www.example.test.", "A", |record| {
            record.tags = vec!["team:web".into()];
            record.comment = Some(format!("about {}", record.content));
            record.private_routing = Some(true);
        });
        zone.edit("alias.example.test.", "CNAME", |record| {
            (record.proxied, record.ttl) = (true, 1);
            record.settings.insert("ipv4_only".into(), true.into());
        });
    });
    let live = fixture.live().await;
    let said = |text: &str| {
        let normal = fixture.backend.normalise(&super::normal::declared(text));
        assert!(normal.refused.is_empty(), "{:?}", normal.refused);
        normal.zone.sets().map(|set| set.to_set()).collect::<Vec<_>>()
    };
    let [a, cname] = ["www", "alias"].map(|owner| live.zone.at(&name(owner)).next().unwrap().to_set());
    // The same members: nothing changes. Without `proxied` the name leaves the proxy.
    assert_eq!(said("www: {type: A, ttl: 300, values: [192.0.2.1, 192.0.2.2]}\n"), [a]);
    let bare = said("alias: {type: CNAME, ttl: 300, value: x.example.net.}\n");
    assert_eq!(bare, [with("alias CNAME 300 x.example.net.", json!({ "ipv4-only": true }))]);
    assert_ne!(bare, [cname]);
    // A new member gets what all others have.
    let grown = said("www: {type: A, ttl: 300, values: [192.0.2.1, 192.0.2.3]}\n");
    let values = json!([{ "value": "192.0.2.1", "comment": "about 192.0.2.1" }]);
    let own = json!({ "tags": ["team:web"], "private-routing": true, "values": values });
    assert_eq!(grown, [with("www A 300 192.0.2.1, 300 192.0.2.3", own)]);
    // An empty comment is none.
    let none = said(
        "www: {type: A, ttl: 300, values: [192.0.2.1, 192.0.2.2], octodns: {cloudflare: {comment: '', tags: []}}}\n",
    );
    assert_eq!(none, [with("www A 300 192.0.2.1, 300 192.0.2.2", json!({ "private-routing": true }))]);
    accepted(&fixture.bring_about(&none, &[]).await);
    for record in fixture.records("www", "A") {
        assert_eq!((record.comment, record.tags.len(), record.private_routing), (None, 0, Some(true)));
    }
}
