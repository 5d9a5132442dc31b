//! The adapter of `examples/panel-adapter`, before a real BIND.

use super::*;
use dnsure_kit::{Bind, Server, reserve};
use dnsure_providers::BackendError;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const TOKEN: &str = "a-token-for-the-example";

/// The adapter's process; it ends with the test.
struct Running {
    child: Child,
    at: SocketAddr,
    _lease: dnsure_kit::Lease,
}

impl Running {
    fn before(server: &Server) -> Self {
        let lease = reserve();
        let at = lease.addr();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/panel-adapter/adapter.py");
        let mut child = Command::new("python3")
            .args([script, "--listen", &at.to_string(), "--server", &server.addr().to_string(), APEX])
            .env("PANEL_TOKEN", TOKEN)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(at).is_err() {
            assert!(
                child.try_wait().unwrap().is_none() && Instant::now() < deadline,
                "the adapter did not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, at, _lease: lease }
    }

    fn backend(&self, token: &str) -> Panel {
        Panel::new(PanelSettings::new(format!("http://{}", self.at), token.into())).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn live(backend: &Panel) -> Live {
    match backend.read(&name("@")).await.unwrap() {
        Reading::Live(live) => live,
        Reading::Missing => panic!("the zone is missing"),
    }
}

async fn write(backend: &Panel, before: Option<&str>, after: Option<&str>) -> WriteEnd {
    let live = live(backend).await;
    backend.write(&name("@"), &changes(before, after), &live).await
}

#[tokio::test]
async fn the_example_lists_creates_and_deletes_at_a_real_server() {
    let server =
        Bind::builder().zone(APEX, zone_text(APEX, "www 300 A 192.0.2.1\ntext TXT \"a;b\" c")).start();
    let adapter = Running::before(&server);
    let backend = adapter.backend(TOKEN);
    let guarantee = backend.prepare(&name("@")).await.unwrap();
    assert_eq!(guarantee.to_string(), "create and delete only, unguarded");
    assert_eq!(backend.servers(&name("@")).await.unwrap(), [server.addr()]);
    assert_eq!(live(&backend).await.zone.record_count(), 6);

    let (one, both) = ("www A 300 192.0.2.1", "www A 300 192.0.2.1, 300 192.0.2.2");
    let end = write(&backend, Some(one), Some(both)).await;
    assert!(matches!(&end, WriteEnd::Accepted { token: Some(serial), .. } if serial == "2"), "{end:?}");
    let end = write(&backend, Some(both), Some("www A 300 192.0.2.2")).await;
    assert!(accepted(&end), "{end:?}");
    let end = write(&backend, None, Some("new TXT 60 \"a b\" \"c;\\\"d\"")).await;
    assert!(accepted(&end), "{end:?}");
    let zone = live(&backend).await.zone;
    let now = |owner, rtype| zone.get(&name(owner), rtype).map(|set| set.to_set());
    assert_eq!(now("www", RecordType::A), Some(set("www A 300 192.0.2.2")));
    assert_eq!(now("new", RecordType::TXT), Some(set("new TXT 60 \"a b\" \"c;\\\"d\"")));
    let served = dnsure_kit::dig_axfr_sorted(server.addr(), APEX, None).unwrap();
    assert!(served.contains(&"www.example.test. 300 IN A 192.0.2.2".into()), "{served:?}");
    assert!(!served.iter().any(|line| line.contains("192.0.2.1")), "{served:?}");
}

#[tokio::test]
async fn the_example_refuses_what_the_server_would_ignore_or_do_otherwise() {
    let server = Bind::builder().zone(APEX, zone_text(APEX, "www 300 A 192.0.2.1")).start();
    let adapter = Running::before(&server);
    let backend = adapter.backend(TOKEN);
    let before = dnsure_kit::dig_axfr_sorted(server.addr(), APEX, None).unwrap();
    let one = "www A 300 192.0.2.1";
    refused(&write(&backend, Some(one), Some("www A 60 192.0.2.1")).await, "edited in place");
    let mixed = "www A 300 192.0.2.1, 60 192.0.2.2";
    refused(
        &write(&backend, Some(one), Some(mixed)).await,
        "409: all records of www.example.test. A have one TTL",
    );
    refused(&write(&backend, None, Some("www CNAME 300 ns1")).await, "a CNAME stands alone");
    let both = "@ NS 3600 ns1, 3600 ns2";
    assert!(accepted(&write(&backend, Some(both), Some("@ NS 3600 ns1")).await));
    refused(&write(&backend, Some("@ NS 3600 ns1"), None).await, "422: the server keeps this record");
    assert!(accepted(&write(&backend, Some("@ NS 3600 ns1"), Some(both)).await));
    // A row of an older listing.
    let old = live(&backend).await;
    assert!(accepted(&write(&backend, Some(one), None).await));
    let end = backend.write(&name("@"), &changes(Some(one), None), &old).await;
    refused(&end, "404: there is no record");
    assert!(accepted(&write(&backend, None, Some(one)).await));
    let without_soa = |lines: Vec<String>| dnsure_kit::without_server_made(&lines);
    let after = dnsure_kit::dig_axfr_sorted(server.addr(), APEX, None).unwrap();
    assert_eq!(without_soa(after), without_soa(before));
}

#[tokio::test]
async fn the_example_knows_its_token_and_its_zones_and_gives_no_part_of_one() {
    let server = Bind::builder().zone(APEX, zone_text(APEX, "")).start();
    let adapter = Running::before(&server);
    let error = adapter.backend("another").read(&name("@")).await.unwrap_err();
    assert!(
        matches!(&error, BackendError::Unauthorised { reason, .. } if reason.contains("the token is wrong"))
    );
    let backend = adapter.backend(TOKEN);
    assert!(matches!(backend.read(&"other.test.".parse().unwrap()).await.unwrap(), Reading::Missing));
    server.stop();
    let mut settings = PanelSettings::new(format!("http://{}", adapter.at), TOKEN.into());
    settings.http.repeats = 0;
    let error = Panel::new(settings).unwrap().read(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("did not transfer example.test. as a whole"), "{error}");
}
