//! Route 53 in front of somebody else's: ministack (or moto) keeps the zones and compares what batches
//! delete; what it lacks and the service does is added here, and real name servers serve the result.
//!
//! | behaviour | the service | ministack 1.5.33 | moto 5.2.5 | here |
//! |---|---|---|---|---|
//! | create what is there | refused | refused | accepted, twice there | ministack's |
//! | delete with other values or TTL | refused | refused | any earlier value is accepted | ministack's |
//! | half of a batch is bad | nothing applied | nothing applied | the first half stays | ministack's |
//! | names in listings | lower case, `\052` | as given | as given | canonical before they are passed on |
//! | over 1,000 records, over 32,000 characters | refused | accepted | 1,000 only | refused |
//! | out of the zone, apex SOA or NS gone | refused | accepted | out of zone refused | refused |
//! | CNAME beside others, bad A, unquoted TXT | refused | accepted | accepted | refused |
//! | elements that the schema has not | refused | dropped | dropped | refused |
//! | order of the elements of a record set | any | any | any | any |
//! | an alias before its target | refused | accepted | accepted | refused |
//! | `GeoProximityLocation` | kept | lost | kept | kept here |
//! | protections | since 2026 | unknown operation | unknown operation | kept here |
//! | paging through weighted sets | three-field cursor | three-field cursor | endless | ministack's |
//! | `GetChange` | PENDING, then INSYNC | PENDING once | always INSYNC | PENDING as often as told |
//! | errors of a batch | `[one, two]` | one text | another code | in brackets |
//! | too many requests | 400 `Throttling` | never | never | [`throttling`] |
//! | answers DNS | yes | no | no | publishes to real servers |

mod rules;
mod sets;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::xml::{self, Element, escaped};
use super::{Request, Response, Served, Service};
use crate::http;
use crate::servers::Aws;
use crate::zone_text::read_zone;
use rules::Refusal;
use sets::{Key, Set, canonical, octal};

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
const HOSTED_ZONES: &str = "/2013-04-01/hostedzone";
/// Anybody with a key; the backing service checks no signature.
const SOMEBODY: &str = "AWS4-HMAC-SHA256 Credential=AKIAKIT/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";
/// The secret of [`variables`].
const SECRET: &str = "kit-secret-that-nobody-may-see";
/// The session token of [`variables`].
const TOKEN: &str = "kit-token-that-nobody-may-see";

/// The variables by which clients find credentials, and look nowhere else for them.
pub fn variables() -> [(&'static str, &'static str); 5] {
    [
        ("AWS_ACCESS_KEY_ID", "AKIAKITEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ]
}

/// What is answered when there are too many requests.
pub fn throttling() -> Response {
    failure(400, "Throttling", "Rate exceeded")
}

/// What is answered while another change of the zone is carried out.
pub fn not_complete() -> Response {
    let message = "The request was rejected because Route 53 was still processing a prior request.";
    failure(400, "PriorRequestNotComplete", message)
}

/// Any failure, as the service writes it.
pub fn failure(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error><RequestId>kit</RequestId></ErrorResponse>",
        escaped(message)
    );
    Response::text(status, "text/xml", body).header("x-amzn-RequestId", "kit-request")
}

#[derive(Debug)]
struct Zone {
    apex: String,
    touched: bool,
    sets: Vec<Set>,
    /// Elements that the backing service would lose.
    extras: BTreeMap<Key, String>,
    /// Elements that listings show and nobody sent.
    shown: BTreeMap<Key, String>,
    /// Name, type and comment.
    protected: Vec<(String, String, String)>,
}

/// The service; see the module.
#[derive(Debug)]
pub struct Route53 {
    backing: Arc<Aws>,
    zones: BTreeMap<String, Zone>,
    /// How often each change was looked at.
    looks: BTreeMap<String, u32>,
    pending: u32,
}

impl Route53 {
    /// In front of a ministack of its own, without zones.
    pub fn start() -> Route53 {
        Route53::before(Arc::new(Aws::ministack()))
    }

    /// In front of this service.
    pub fn before(backing: Arc<Aws>) -> Route53 {
        Route53 { backing, zones: BTreeMap::new(), looks: BTreeMap::new(), pending: 1 }
    }

    /// The same with this public zone, in master file form.
    #[must_use]
    pub fn zone(mut self, apex: &str, text: &str) -> Route53 {
        let id = self.create(apex, false);
        let mut sets: BTreeMap<(String, String), (u32, Vec<String>)> = BTreeMap::new();
        for row in read_zone(apex, text) {
            let set = sets.entry((canonical(&octal(&row.name)), row.rtype)).or_default();
            set.0 = row.ttl;
            set.1.push(octal(&row.data));
        }
        let sets: Vec<String> =
            sets.iter().map(|((name, rtype), (ttl, values))| plain(name, *ttl, rtype, values)).collect();
        for sets in sets.chunks(200) {
            self.force(&id, "UPSERT", sets);
        }
        self
    }

    /// Creates an empty zone and gives its id.
    pub fn create(&mut self, apex: &str, private: bool) -> String {
        let vpc = "<VPC><VPCRegion>us-east-1</VPCRegion><VPCId>vpc-1a2b3c4d</VPCId></VPC>";
        let vpc = if private { vpc } else { "" };
        let reference = format!("kit-{}", self.zones.len());
        let body = format!(
            "<CreateHostedZoneRequest xmlns=\"{NAMESPACE}\"><Name>{}</Name>{vpc}<CallerReference>{reference}</CallerReference></CreateHostedZoneRequest>",
            escaped(&canonical(apex))
        );
        let (status, reply) = self.pass("POST", HOSTED_ZONES, &body);
        assert_eq!(status, 201, "{reply}");
        self.keep(&canonical(apex), &reply)
    }

    /// Keeps a zone that the backing service has made, and gives its id.
    fn keep(&mut self, apex: &str, reply: &str) -> String {
        let id = xml::parse(reply).and_then(|root| root.deep("Id").first().map(|id| id.text.clone()));
        let id = id.and_then(|id| id.rsplit('/').next().map(str::to_owned)).unwrap_or_default();
        let zone = Zone {
            apex: apex.to_owned(),
            touched: true,
            sets: Vec::new(),
            extras: BTreeMap::new(),
            shown: BTreeMap::new(),
            protected: Vec::new(),
        };
        self.zones.insert(id.clone(), zone);
        self.look(&id);
        id
    }

    fn create_zone(&mut self, request: &Request) -> Response {
        let (status, reply) = self.pass("POST", HOSTED_ZONES, &request.body);
        let name = xml::parse(&request.body).and_then(|root| root.text_of("Name"));
        if let (201, Some(name)) = (status, name) {
            self.keep(&canonical(&format!("{}.", name.trim_end_matches('.'))), &reply);
        }
        Response::text(status, "text/xml", reply)
    }

    /// The backing service refuses it while there is anything in the zone.
    fn delete_zone(&mut self, id: &str) -> Response {
        let (status, reply) = self.pass("DELETE", &format!("{HOSTED_ZONES}/{id}"), "");
        if status == 200 {
            self.zones.remove(id);
        }
        Response::text(status, "text/xml", reply)
    }

    /// Where the service behind it is.
    pub fn backing(&self) -> String {
        self.backing.url()
    }

    /// The id of the first zone of this name.
    pub fn id(&self, apex: &str) -> String {
        let apex = canonical(apex);
        let found = self.zones.iter().find(|(_, zone)| zone.apex == apex);
        found.map(|(id, _)| id.clone()).unwrap_or_else(|| panic!("no zone {apex}"))
    }

    /// From now on a change is PENDING when it is looked at the first so many times.
    pub fn pending(&mut self, looks: u32) {
        self.pending = looks;
    }

    /// Protects a name and type.
    pub fn protect(&mut self, apex: &str, name: &str, rtype: &str, comment: &str) {
        let id = self.id(apex);
        let entry = (canonical(name), rtype.to_owned(), comment.to_owned());
        self.zones.get_mut(&id).unwrap_or_else(|| panic!("no zone {id}")).protected.push(entry);
    }

    /// From now on listings show this element in a record set as well.
    pub fn show(&mut self, apex: &str, name: &str, rtype: &str, element: &str) {
        let id = self.id(apex);
        let key = (canonical(name), rtype.to_owned(), String::new());
        let zone = self.zones.get_mut(&id).unwrap_or_else(|| panic!("no zone {id}"));
        zone.shown.insert(key, element.to_owned());
    }

    /// Adds a record in presentation format behind everybody's back.
    pub fn put(&mut self, id: &str, name: &str, ttl: u32, rtype: &str, data: &str) {
        let name = canonical(&octal(name));
        let mut values = self.values(id, &name, rtype);
        let data = octal(data);
        if !values.contains(&data) {
            values.push(data);
        }
        self.force(id, "UPSERT", &[plain(&name, ttl, rtype, &values)]);
    }

    /// Deletes a set behind everybody's back.
    pub fn remove(&mut self, id: &str, name: &str, rtype: &str) {
        let name = canonical(&octal(name));
        let (ttl, values) = (self.ttl(id, &name, rtype), self.values(id, &name, rtype));
        self.force(id, "DELETE", &[plain(&name, ttl, rtype, &values)]);
    }

    /// Somebody's own batch: actions and `ResourceRecordSet` elements.
    pub fn by_hand(&mut self, id: &str, changes: &[(&str, String)]) {
        let change =
            |(action, set): &(&str, String)| format!("<Change><Action>{action}</Action>{set}</Change>");
        let changes: String = changes.iter().map(change).collect();
        let response = self.change(id, &batch(&changes));
        assert_eq!(response.status, 200, "{}", response.body);
    }

    /// The values of a set without an identifier, as the service keeps them.
    pub fn values(&self, id: &str, name: &str, rtype: &str) -> Vec<String> {
        self.set(id, name, rtype).map(|set| set.values.clone()).unwrap_or_default()
    }

    fn ttl(&self, id: &str, name: &str, rtype: &str) -> u32 {
        self.set(id, name, rtype).map_or(3600, |set| set.ttl)
    }

    fn set(&self, id: &str, name: &str, rtype: &str) -> Option<&Set> {
        let key = (canonical(name), rtype.to_owned(), String::new());
        self.zones.get(id)?.sets.iter().find(|set| set.key == key)
    }

    /// Straight to the backing service, whatever the rules and limits of a batch are.
    fn force(&mut self, id: &str, action: &str, sets: &[String]) {
        let changes: String =
            sets.iter().map(|set| format!("<Change><Action>{action}</Action>{set}</Change>")).collect();
        let (status, reply) =
            self.pass("POST", &format!("/2013-04-01/hostedzone/{id}/rrset/"), &batch(&changes));
        assert_eq!(status, 200, "{reply}");
        for set in sets {
            self.note(id, action, &xml::parse(set).unwrap_or_default());
        }
    }

    fn pass(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let headers = [("Authorization", SOMEBODY), ("Content-Type", "application/xml")];
        let reply = http::request(self.backing.addr(), method, target, &headers, body);
        reply.unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    /// Takes over what the backing service holds.
    fn look(&mut self, id: &str) {
        let mut sets = Vec::new();
        let mut cursor = String::new();
        loop {
            let target = format!("/2013-04-01/hostedzone/{id}/rrset?maxitems=300{cursor}");
            let (status, reply) = self.pass("GET", &target, "");
            assert_eq!(status, 200, "{reply}");
            let root = xml::parse(&reply).unwrap_or_default();
            sets.extend(root.deep("ResourceRecordSet").into_iter().map(Set::of));
            if root.text_of("IsTruncated").as_deref() != Some("true") {
                break;
            }
            let next = |name: &str| percent(&root.text_of(name).unwrap_or_default());
            let [name, rtype, set] = ["NextRecordName", "NextRecordType", "NextRecordIdentifier"].map(next);
            cursor = format!("&name={name}&type={rtype}&identifier={set}");
        }
        if let Some(zone) = self.zones.get_mut(id) {
            zone.sets = sets;
            zone.touched = true;
        }
    }

    /// Follows an operation that the backing service has carried out.
    fn note(&mut self, id: &str, action: &str, element: &Element) {
        let Some(zone) = self.zones.get_mut(id) else { return };
        let set = Set::of(element);
        zone.sets.retain(|other| other.key != set.key);
        if action != "DELETE" {
            zone.sets.push(set);
        }
        zone.touched = true;
    }

    fn change(&mut self, id: &str, body: &str) -> Response {
        let refused = |(code, message): Refusal| failure(400, code, &message);
        let Some(root) = xml::parse(body) else { return refused(("InvalidInput", "Invalid XML".into())) };
        let Some(zone) = self.zones.get(id) else {
            return failure(404, "NoSuchHostedZone", &format!("No hosted zone found with ID: {id}"));
        };
        let changes = root.deep("Change");
        let operations = match rules::document(&changes) {
            Ok(operations) => operations,
            Err(refusal) => return refused(refusal),
        };
        let protected =
            |name: &str, rtype: &str| zone.protected.iter().any(|(n, t, _)| n == name && t == rtype);
        if let Err(refusal) = rules::zone(&operations, &zone.sets, &zone.apex, id, protected) {
            return refused(refusal);
        }
        // The same with names as they are kept, and without what the backing service would lose.
        let mut passed = body.to_owned();
        let mut extras = zone.extras.clone();
        for (change, operation) in changes.iter().zip(&operations).rev() {
            let Some(set) = change.child("ResourceRecordSet") else { continue };
            let extra = set.child("GeoProximityLocation");
            let text = extra.map(|extra| body[extra.place.clone()].to_owned());
            if operation.action == "DELETE" && extras.get(&operation.set.key) != text.as_ref() {
                let name = &operation.set.key.0;
                let message = format!(
                    "[Tried to delete resource record set [name='{name}', type='A'] but the values provided do not match the current values]"
                );
                return refused(("InvalidChangeBatch", message));
            }
            if let Some(extra) = extra {
                passed.replace_range(extra.place.clone(), "");
            }
            if let Some(alias) = set.child("AliasTarget").and_then(|alias| alias.child("DNSName")) {
                let name = escaped(&canonical(&alias.text));
                passed.replace_range(alias.place.clone(), &format!("<DNSName>{name}</DNSName>"));
            }
            if let Some(name) = set.child("Name") {
                let kept = escaped(&operation.set.key.0);
                passed.replace_range(name.place.clone(), &format!("<Name>{kept}</Name>"));
            }
        }
        for (change, operation) in changes.iter().zip(&operations) {
            let extra =
                change.deep("GeoProximityLocation").first().map(|extra| body[extra.place.clone()].to_owned());
            match extra {
                Some(extra) if operation.action != "DELETE" => {
                    extras.insert(operation.set.key.clone(), extra)
                }
                _ => extras.remove(&operation.set.key),
            };
        }
        let (status, reply) = self.pass("POST", &format!("/2013-04-01/hostedzone/{id}/rrset/"), &passed);
        if status != 200 {
            let root = xml::parse(&reply).unwrap_or_default();
            let text =
                |name: &str| root.deep(name).first().map(|found| found.text.clone()).unwrap_or_default();
            let (code, message) = (text("Code"), text("Message"));
            return failure(status, &code, &format!("[{message}]"));
        }
        for (change, operation) in changes.iter().zip(&operations) {
            if let Some(element) = change.child("ResourceRecordSet") {
                self.note(id, &operation.action, element);
            }
        }
        if let Some(zone) = self.zones.get_mut(id) {
            zone.extras = extras;
        }
        Response::text(200, "text/xml", reply)
    }

    fn list(&self, id: &str, target: &str) -> Response {
        let (status, mut reply) = self.pass("GET", target, "");
        if let (Some(zone), Some(root)) = (self.zones.get(id), xml::parse(&reply)) {
            for element in root.deep("ResourceRecordSet").into_iter().rev() {
                let key = Set::of(element).key;
                let more = zone.extras.get(&key).into_iter().chain(zone.shown.get(&key));
                let end = element.place.end - "</ResourceRecordSet>".len();
                reply.insert_str(end, &more.map(String::as_str).collect::<String>());
            }
        }
        Response::text(status, "text/xml", reply)
    }

    fn look_at_change(&mut self, id: &str, target: &str) -> Response {
        let (status, reply) = self.pass("GET", target, "");
        let looks = self.looks.entry(id.to_owned()).or_default();
        *looks += 1;
        let is = if *looks > self.pending { "INSYNC" } else { "PENDING" };
        let reply = ["PENDING", "INSYNC"].iter().fold(reply, |reply, was| {
            reply.replace(&format!("<Status>{was}</Status>"), &format!("<Status>{is}</Status>"))
        });
        Response::text(status, "text/xml", reply)
    }

    fn protections(&mut self, request: &Request, id: &str, delete: bool) -> Response {
        let Some(zone) = self.zones.get_mut(id) else {
            return failure(404, "NoSuchHostedZone", &format!("No hosted zone found with ID: {id}"));
        };
        if request.method == "POST" {
            let root = xml::parse(&request.body).unwrap_or_default();
            let kind =
                if delete { "ResourceRecordSetProtectionKey" } else { "ResourceRecordSetProtectionConfig" };
            for entry in root.deep(kind) {
                let text = |part| entry.text_of(part).unwrap_or_default();
                let (name, rtype) = (canonical(&text("RecordName")), text("RecordType"));
                zone.protected.retain(|(n, t, _)| (n, t) != (&name, &rtype));
                if !delete {
                    zone.protected.push((name, rtype, text("Comment")));
                }
            }
            let root = if delete { "Delete" } else { "Create" };
            return Response::text(
                200,
                "text/xml",
                format!("<{root}ResourceRecordSetProtectionsResponse xmlns=\"{NAMESPACE}\"/>"),
            );
        }
        // Two a page, so that there are pages.
        let begin = request.parameter("nexttoken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let page = zone.protected.iter().skip(begin).take(2);
        let entries: String = page
            .map(|(name, rtype, comment)| {
                format!("<ResourceRecordSetProtection><RecordName>{}</RecordName><RecordType>{rtype}</RecordType><Comment>{}</Comment></ResourceRecordSetProtection>", escaped(name), escaped(comment))
            })
            .collect();
        let next = if begin + 2 < zone.protected.len() {
            format!("<NextToken>{}</NextToken>", begin + 2)
        } else {
            String::new()
        };
        let body = format!(
            "<ListResourceRecordSetProtectionsResponse xmlns=\"{NAMESPACE}\"><ResourceRecordSetProtections>{entries}</ResourceRecordSetProtections>{next}</ListResourceRecordSetProtectionsResponse>"
        );
        Response::text(200, "text/xml", body)
    }
}

impl Service for Route53 {
    fn answer(&mut self, request: &Request) -> Response {
        let proof = request.header("authorization").unwrap_or_default();
        if !(proof.starts_with("AWS4-HMAC-SHA256 ") && proof.contains("/us-east-1/route53/aws4_request")) {
            return failure(403, "MissingAuthenticationToken", "Missing Authentication Token");
        }
        let segments = request.segments();
        let segments: Vec<&str> =
            segments.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", [_, "hostedzone", id, "rrset"]) => self.change(id, &request.body),
            ("GET", [_, "hostedzone", id, "rrset"]) => self.list(id, &request.target),
            ("GET", [_, "change", id]) => self.look_at_change(id, &request.target),
            ("POST", [_, "hostedzone"]) => self.create_zone(request),
            ("DELETE", [_, "hostedzone", id]) => self.delete_zone(id),
            (_, [_, "hostedzone", id, "rrsetprotection"]) => self.protections(request, id, false),
            (_, [_, "hostedzone", id, "rrsetprotection", "delete"]) => self.protections(request, id, true),
            ("GET", _) => {
                let (status, reply) = self.pass("GET", &request.target, "");
                Response::text(status, "text/xml", reply)
            }
            _ => failure(400, "InvalidInput", "the kit does not know this operation"),
        }
    }

    fn touched(&mut self) -> Vec<String> {
        let zones = self.zones.values_mut();
        zones.filter_map(|zone| std::mem::take(&mut zone.touched).then(|| zone.apex.clone())).collect()
    }

    fn served(&self, zone: &str) -> Served {
        let found = self.zones.iter().find(|(_, held)| held.apex == zone);
        found.map(|(id, held)| sets::served(&held.sets, id)).unwrap_or_default()
    }
}

/// A `ResourceRecordSet` of these values, as [`Route53::by_hand`] takes it.
pub fn plain(name: &str, ttl: u32, rtype: &str, values: &[String]) -> String {
    let records = values
        .iter()
        .map(|value| format!("<ResourceRecord><Value>{}</Value></ResourceRecord>", escaped(value)));
    format!(
        "<ResourceRecordSet><Name>{}</Name><Type>{rtype}</Type><TTL>{ttl}</TTL><ResourceRecords>{}</ResourceRecords></ResourceRecordSet>",
        escaped(name),
        records.collect::<String>()
    )
}

fn batch(changes: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><ChangeResourceRecordSetsRequest xmlns=\"{NAMESPACE}\"><ChangeBatch><Changes>{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    )
}

fn percent(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
