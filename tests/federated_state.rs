//! State in a bucket of Google's, for runs that nobody gave a key: another issuer vouches for them, and Google's
//! token service makes that an access token (workload identity federation).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::cloud::google::{Google, ManagedZone, PROJECT};
use dnsure_kit::cloud::{Request, Response, Served, Service};
use dnsure_kit::{Cloud, Knot, zone_text};
use lab::{Kind, Project, ZONE};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

const STORAGE: &str = "federated-for-storage";
const DNS: &str = "federated-for-dns";

/// Generations are microseconds since 1970, so that none is ever a small number.
const FIRST: u64 = 1_790_000_000_000_000;

/// The token service, and Cloud Storage as far as single objects, their generations and listings go.
#[derive(Default)]
struct Storage {
    generation: u64,
    objects: BTreeMap<String, Object>,
}

struct Object {
    generation: u64,
    body: String,
    metadata: Vec<(String, String)>,
}

impl Storage {
    fn exchanged(request: &Request) -> Response {
        if !request.body.contains("subject_token=the-word-of-github") {
            return Response::json(400, &json!({ "error": "invalid_grant" }));
        }
        let token = if request.body.contains("devstorage.read_write") { STORAGE } else { DNS };
        Response::json(
            200,
            &json!({
                "access_token": token, "token_type": "Bearer", "expires_in": 3600,
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            }),
        )
    }

    fn put(&mut self, key: &str, request: &Request) -> Response {
        let there = self.objects.get(key).map_or(0, |object| object.generation);
        let wanted = request.header("x-goog-if-generation-match").map(|text| text.parse::<u64>().unwrap());
        if wanted.is_some_and(|wanted| wanted != there) {
            return refused(412, "PreconditionFailed");
        }
        self.generation = self.generation.max(FIRST) + 1;
        let metadata = request.headers.iter().filter(|(name, _)| name.starts_with("x-goog-meta-"));
        let metadata = metadata.cloned().collect();
        let object = Object { generation: self.generation, body: request.body.clone(), metadata };
        let response = marked(Response::text(200, "text/plain", ""), &object);
        self.objects.insert(key.to_owned(), object);
        response
    }

    fn list(&self, prefix: &str) -> Response {
        let (mut entries, mut below) = (String::new(), BTreeSet::new());
        for (key, object) in self.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
            match key[prefix.len()..].split_once('/') {
                Some((part, _)) => {
                    below.insert(format!("{prefix}{part}/"));
                }
                None => {
                    let (size, generation) = (object.body.len(), object.generation);
                    let of = "<LastModified>2026-01-01T00:00:00.000Z</LastModified>";
                    write!(entries, "<Contents><Key>{key}</Key>{of}<Size>{size}</Size>").unwrap();
                    write!(entries, "<ETag>\"{generation}\"</ETag></Contents>").unwrap();
                }
            }
        }
        for prefix in below {
            write!(entries, "<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>").unwrap();
        }
        Response::text(200, "application/xml", format!("<ListBucketResult>{entries}</ListBucketResult>"))
    }
}

fn refused(status: u16, code: &str) -> Response {
    Response::text(status, "application/xml", format!("<Error><Code>{code}</Code></Error>"))
}

fn marked(response: Response, object: &Object) -> Response {
    let marked = response
        .header("ETag", format!("\"{}\"", object.generation))
        .header("x-goog-generation", object.generation.to_string())
        .header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    object.metadata.iter().fold(marked, |response, (name, value)| response.header(name, value.clone()))
}

impl Service for Storage {
    fn answer(&mut self, request: &Request) -> Response {
        if request.path() == "/sts" {
            return Self::exchanged(request);
        }
        if request.token() != Some(STORAGE) {
            return refused(401, "AuthenticationRequired");
        }
        let segments = request.segments();
        let (bucket, key) = segments.split_first().unwrap();
        assert_eq!(bucket, "the-bucket");
        let key = key.join("/");
        match request.method.as_str() {
            "GET" if key.is_empty() => self.list(&request.parameter("prefix").unwrap_or_default()),
            "GET" => match self.objects.get(&key) {
                Some(object) => marked(Response::text(200, "text/plain", object.body.clone()), object),
                None => refused(404, "NoSuchKey"),
            },
            "PUT" => self.put(&key, request),
            other => panic!("{other} {key}"),
        }
    }

    fn touched(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn served(&self, _zone: &str) -> Served {
        Served::new()
    }
}

/// A directory of its own, as each run in CI has one, at this project of Google's and this bucket.
fn runner(cloud: &Cloud<Google>, storage: &Cloud<Storage>) -> Project {
    let mut project = lab::on(Kind::Embedded, "");
    let credentials = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/sts", storage.url()),
        "credential_source": { "file": project.file("word") },
    });
    project.write("word", "the-word-of-github");
    project.write("credentials.json", &credentials.to_string());
    let file = project.file("credentials.json");
    project.set("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap());
    project.set("GOOGLE_BASE_URL", &storage.url());
    project.set("GOOGLE_ALLOW_HTTP", "true");
    project.write(
        "dnsure.yaml",
        &format!(
            "providers:\n  google: {{type: cloud-dns, project: {PROJECT}, url: \"{}\", servers: [\"{}\"]}}\n\
             zones:\n  directory: zones\n  {ZONE}: {{targets: [google]}}\nstate: gs://the-bucket/dns\n\
             verify: {{samples: 1, deadline: 20s}}\n",
            cloud.url(),
            cloud.servers()[0],
        ),
    );
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    project
}

#[test]
fn a_run_without_a_key_of_its_own_finishes_what_another_began() {
    let text = zone_text(ZONE, "www 300 A 192.0.2.10");
    let knot = Arc::new(Knot::builder().zone(ZONE, text.clone()).start());
    let mut google = Google::new().with(ManagedZone::from_file("main", ZONE, &text));
    google.take_no_token();
    google.take_token(DNS, true);
    let (cloud, storage) = (Cloud::start(google, vec![knot]), Cloud::start(Storage::default(), Vec::new()));
    let one = runner(&cloud, &storage);
    one.pause_at("after write", &["apply", "--yes"]).kill();
    let two = runner(&cloud, &storage);
    let ran = two.run(&["apply", "--resume"]);
    ran.ends(0).never_says(STORAGE).never_says(DNS);
    let receipts = storage.by_hand(|storage| {
        for (key, object) in &storage.objects {
            assert!(!object.body.contains("federated-for"), "{key}");
        }
        storage.objects.keys().filter(|key| key.starts_with("dns/receipts/")).count()
    });
    assert_eq!(receipts, 1);
    two.assert_settled();
    let writes = cloud.calls().iter().filter(|call| call.request.method == "POST").count();
    assert_eq!(writes, 1, "nothing is written twice");
}

#[test]
fn a_run_that_nobody_vouches_for_is_told_so_and_writes_nothing() {
    let text = zone_text(ZONE, "www 300 A 192.0.2.10");
    let knot = Arc::new(Knot::builder().zone(ZONE, text.clone()).start());
    let google = Google::new().with(ManagedZone::from_file("main", ZONE, &text));
    let (cloud, storage) = (Cloud::start(google, vec![knot]), Cloud::start(Storage::default(), Vec::new()));
    let one = runner(&cloud, &storage);
    one.write("word", "a-word-of-nobody");
    let ran = one.run(&["apply", "--yes"]);
    assert_ne!(ran.code, Some(0));
    ran.tells(&["application default credentials", "invalid_grant"]).never_says("a-word-of-nobody");
    assert!(storage.by_hand(|storage| storage.objects.is_empty()));
    assert!(cloud.calls().iter().all(|call| call.request.method == "GET"));
}
