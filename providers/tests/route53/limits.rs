//! How much one batch holds.

use super::*;
use dnsure_kit::Aws;
use std::sync::Arc;

fn addresses(count: usize, octet: u8) -> RecordSet {
    let data = (0..count).map(|number| Rdata::new([10, octet, (number / 250) as u8, (number % 250) as u8]));
    RecordSet::new(
        RecordKey::new(name(&format!("set-{octet}")), RecordType::A),
        Ttl::from_secs(60).unwrap(),
        data,
    )
}

/// Additions of this many records in sets of 400 at most.
fn additions(count: usize) -> Vec<Change> {
    let sizes = (0..count.div_ceil(400)).map(|index| (count - index * 400).min(400));
    let sets: Vec<_> = sizes.zip(0..).map(|(size, octet)| (None, Some(addresses(size, octet)))).collect();
    changes(&sets)
}

#[tokio::test]
async fn a_thousand_records_are_one_batch_and_one_more_is_not_sent() {
    for rig in [Rig::start(), Rig::before(Arc::new(Aws::moto()))] {
        let fixture = Fixture::of(rig.zone(APEX, &zone_text(APEX, "")));
        let live = fixture.live().await;
        let end = fixture.write_upon(&additions(1_001), &live).await;
        refused(&end, "1001 records");
        assert!(fixture.backend.guarantee(&name("@")).limits.records == Some(1_000));
        token(&fixture.write_upon(&additions(1_000), &live).await);
        assert_eq!(fixture.live().await.zone.record_count(), 1_000 + 5);
    }
}

#[tokio::test]
async fn moto_counts_as_we_do() {
    let moto = Aws::moto();
    let cloud = Cloud::start(Rig::before(Arc::new(moto)).zone(APEX, &zone_text(APEX, "")), Vec::new());
    let id = cloud.by_hand(|rig| rig.id(APEX));
    let backing = cloud.by_hand(|rig| rig.backing());
    // Straight to moto, without the rig's own count.
    let mut settings = settings(backing);
    settings.zones = [(name("@"), id)].into_iter().collect();
    let backend = Route53::new(settings).unwrap();
    let Reading::Live(live) = backend.read(&name("@")).await.unwrap() else { panic!("missing") };
    token(&backend.write(&name("@"), &additions(1_000), &live).await);
}

#[tokio::test]
async fn characters_are_counted_too_and_a_replacement_counts_twice() {
    let long = |letter: &str| format!("\"{}\"", letter.repeat(198));
    let fixture = Fixture::with("");
    let texts = |letter: &str, count: usize| -> Vec<(Option<RecordSet>, Option<RecordSet>)> {
        (0..count).map(|number| (None, Some(set(&format!("t{number} 60 TXT {}", long(letter)))))).collect()
    };
    refused(&fixture.write(&changes(&texts("x", 161))).await, "32200 characters");
    token(&fixture.write(&changes(&texts("x", 160))).await);
    let replaced = |count: usize| -> Vec<Change> {
        let (old, new) = (texts("x", count), texts("y", count));
        changes(&old.into_iter().zip(new).map(|((_, old), (_, new))| (old, new)).collect::<Vec<_>>())
    };
    refused(&fixture.write(&replaced(81)).await, "32400 characters");
    token(&fixture.write(&replaced(80)).await);
}

#[tokio::test]
async fn the_rate_of_the_account_is_kept() {
    let fixture = Fixture::with("");
    let mut settings = settings(fixture.cloud.url());
    settings.http.rate = Route53Settings::default().http.rate;
    let backend = Route53::new(settings).unwrap();
    let started = std::time::Instant::now();
    for _ in 0..5 {
        backend.read(&name("@")).await.unwrap();
    }
    // Eleven calls: five at once, and one every fifth of a second.
    assert_eq!(backend.traffic().unwrap().reads, 11);
    assert!(started.elapsed() >= Duration::from_millis(1_150), "{:?}", started.elapsed());
}
