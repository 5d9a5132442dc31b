//! Lost answers, refusals, waits and wrong tokens.

use super::*;
use dnsure_kit::Personality;
use dnsure_providers::BackendError;

const NEW: Option<&str> = Some("a TXT 60 x");

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_write_is_not_repeated() {
    for unit in UNITS {
        // The last request of a staged write publishes; a draft is nothing yet.
        let nth = if unit == "staged" { 3 } else { 1 };
        for (way, happened) in [
            (Personality::LosesAnswer(nth), true),
            (Personality::TimesOutBefore(nth), false),
            (Personality::Fails(nth), false),
        ] {
            let fixture =
                Fixture::impatient(panel("www 300 A 192.0.2.1").unit(unit).personality(way.clone()));
            let end = fixture.write(None, NEW).await;
            assert!(matches!(end, WriteEnd::Unknown { .. }), "{unit} {way:?}: {end:?}");
            assert_eq!(fixture.writes().len(), nth as usize, "{unit} {way:?}");
            assert_eq!(fixture.set("a", RecordType::TXT).await.is_some(), happened, "{unit} {way:?}");
        }
    }
}

#[tokio::test]
async fn a_draft_that_breaks_off_changes_nothing() {
    for nth in [1, 2] {
        let fixture = Fixture::of(panel("").unit("staged").personality(Personality::LosesAnswer(nth)));
        refused(&fixture.write(None, NEW).await, "the draft was not published");
        assert!(fixture.set("a", RecordType::TXT).await.is_none());
    }
}

#[tokio::test]
async fn too_many_requests_are_waited_for_and_the_write_happens_once() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.panel.behave(Personality::TooMany(2));
    for new in ["a TXT 60 x", "b TXT 60 x", "c TXT 60 x"] {
        let end = fixture.backend.write(&name("@"), &changes(None, Some(new)), &live).await;
        assert!(accepted(&end), "{end:?}");
    }
    let statuses: Vec<_> = fixture.panel.calls().into_iter().skip(2).filter_map(|call| call.status).collect();
    assert_eq!(statuses, [201, 429, 201, 429, 201]);
    fixture.panel.behave(Personality::TooMany(1));
    let end = fixture.backend.write(&name("@"), &changes(None, Some("d TXT 60 x")), &live).await;
    refused(&end, "it did nothing: try again later");
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_comes_with_the_adapters_own_words() {
    let poison = Personality::Poison("a.example.test.".into());
    for unit in UNITS {
        let fixture = Fixture::of(panel("").unit(unit).personality(poison.clone()));
        refused(&fixture.write(None, NEW).await, "HTTP 422: a.example.test. cannot be saved");
        assert!(fixture.set("a", RecordType::TXT).await.is_none());
    }
    let fixture = Fixture::of(panel("www A 192.0.2.1").unit("record").limit_records(1).ttl(60, 3600));
    fixture.panel.behave(Personality::RefusesCreates(1));
    refused(&fixture.write(None, NEW).await, "422: the plan of this account");
    fixture.panel.behave(Personality::Honest);
    refused(&fixture.write(None, Some("a TXT 30 x")).await, "422: a.example.test. cannot have a TTL of 30");
    refused(&fixture.write(None, Some("www CNAME 60 ns1")).await, "409");
}

#[tokio::test]
async fn a_wrong_token_is_unauthorised_and_never_shown() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    let mut wrong = settings(&fixture.panel);
    wrong.token = "not-the-token".into();
    assert!(!format!("{wrong:?}").contains("not-the-token"));
    let backend = Panel::new(wrong).unwrap();
    let error = backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
    assert!(backend.prepare(&name("@")).await.is_err());
    let end = backend.write(&name("@"), &changes(None, NEW), &live).await;
    refused(&end, "check token");
    for text in
        [format!("{error} {error:?}"), format!("{end:?}"), format!("{backend:?}"), format!("{live:?}")]
    {
        assert!(!text.contains("not-the-token") && !text.contains(fixture.panel.token()), "{text}");
    }
}

#[tokio::test]
async fn a_stopped_adapter_is_unreachable_and_takes_no_write() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    let Fixture { panel, backend } = fixture;
    drop(panel);
    let error = backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
    refused(&backend.write(&name("@"), &changes(None, NEW), &live).await, "nothing was sent");
}
