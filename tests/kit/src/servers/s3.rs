//! An S3 service with one bucket: moto, with conditional writes as good as the test wants.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;

use super::Server;
use super::server::Ready;
use crate::http::request;
use crate::octodns::oracles_python;
use crate::process::Launch;

const BUCKET: &str = "state";

/// The secret in [`S3::variables`].
const SECRET: &str = "kit-secret-that-nobody-may-see";

/// Anybody with a key; moto checks no signature.
const SOMEBODY: (&str, &str) = (
    "Authorization",
    "AWS4-HMAC-SHA256 Credential=AKIAKIT/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);

/// How the service treats `If-None-Match` and `If-Match` on writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conditions {
    /// Looks and writes under one lock, as S3 itself does: of writers at once at most one passes.
    Atomic,
    /// Plain moto: looks, and writes afterwards.
    Racing,
    /// Heeds `If-None-Match` alone.
    CreateOnly,
    /// Heeds none.
    None,
}

/// A running S3 service: a [`Server`] whose objects live as long as its process.
#[derive(Debug)]
pub struct S3 {
    server: Server,
}

impl Deref for S3 {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl S3 {
    /// Starts the service with an empty bucket.
    pub fn start(conditions: Conditions) -> Self {
        let quality = match conditions {
            Conditions::Atomic => "atomic",
            Conditions::Racing => "racing",
            Conditions::CreateOnly => "create-only",
            Conditions::None => "none",
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/s3_server.py");
        let server = Server::launch("S3", None, &Ready::Bucket(BUCKET), |_, addr| Launch {
            program: oracles_python(),
            arguments: vec![script.display().to_string(), addr.port().to_string(), quality.to_owned()],
        });
        Self { server }
    }

    /// The secret in [`S3::variables`].
    pub fn secret() -> &'static str {
        SECRET
    }

    /// The URL of the bucket.
    pub fn url(&self) -> String {
        format!("s3://{BUCKET}")
    }

    /// The variables by which a client finds `endpoint`, the service itself or a proxy before it.
    pub fn variables(endpoint: SocketAddr) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{endpoint}")),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAKITEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    /// Creates an object unless it is there, and says whether that passed.
    pub fn create(&self, key: &str, body: &str) -> bool {
        let (status, reply) = self.ask("PUT", key, &[("If-None-Match", "*")], body);
        // Requests at once make plain moto fail now and then.
        assert!(matches!(status, 200 | 412 | 500), "PUT {key}: {status} {reply}");
        status == 200
    }

    /// Writes an object whatever it holds.
    pub fn put(&self, key: &str, body: &str) {
        let (status, reply) = self.ask("PUT", key, &[], body);
        assert_eq!(status, 200, "PUT {key}: {reply}");
    }

    /// What an object holds.
    pub fn get(&self, key: &str) -> Option<String> {
        let (status, body) = self.ask("GET", key, &[], "");
        (status == 200).then_some(body)
    }

    /// The keys that begin with `prefix`, sorted.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let (status, list) = request(
            self.addr(),
            "GET",
            &format!("/{BUCKET}?list-type=2&max-keys=1000&prefix={prefix}"),
            &[SOMEBODY],
            "",
        )
        .unwrap_or_else(|error| panic!("list {prefix}: {error}"));
        assert_eq!(status, 200, "list {prefix}: {list}");
        list.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned())).collect()
    }

    fn ask(&self, method: &str, key: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let headers = [&[SOMEBODY], headers].concat();
        request(self.addr(), method, &format!("/{BUCKET}/{key}"), &headers, body)
            .unwrap_or_else(|error| panic!("{method} {key}: {error}"))
    }
}

pub(super) fn make_bucket(addr: SocketAddr, name: &str) -> Result<(), String> {
    match request(addr, "PUT", &format!("/{name}"), &[SOMEBODY], "") {
        Ok((200, _)) => Ok(()),
        Ok((status, body)) => Err(format!("no bucket {name}: {status} {body}")),
        Err(error) => Err(format!("no bucket {name}: {error}")),
    }
}
