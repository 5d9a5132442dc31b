//! Groups 37 to 54: every field of every type changes, one at a time.

use super::{Draft, Expect, Need, group};

pub(super) fn groups() -> Vec<Draft> {
    let mut groups = policies_and_places();
    groups.extend(start_of_authority_and_services());
    groups.extend(keys_and_digests());
    groups.extend(chain_of_trust());
    groups.extend(aliases());
    groups
}

/// One set whose value changes from state to state; each step is titled.
fn steps(draft: Draft, set: &str, steps: &[(&str, &str)]) -> Draft {
    steps.iter().fold(draft, |draft, (title, value)| draft.state(*title, &[format!("{set} [{value}]")]))
}

fn policies_and_places() -> Vec<Draft> {
    vec![
        steps(
            group(37, "certificate-authorities", "Every part of a CAA record changes."),
            "@ CAA",
            &[
                ("issue", "{flags: 0, tag: issue, value: ca.example.net}"),
                ("tag", "{flags: 0, tag: issuewild, value: ca.example.net}"),
                ("value", "{flags: 0, tag: issuewild, value: ca.example.org}"),
                ("flag", "{flags: 128, tag: issuewild, value: ca.example.org}"),
                ("nobody", "{flags: 128, tag: issuewild, value: ';'}"),
                (
                    "parameters",
                    "{flags: 0, tag: issue, value: 'ca.example.net; validationmethods=dns-01; \
                     accounturi=https://ca.example.net/acct/1234'}",
                ),
            ],
        ),
        group(38, "location", "Places all over the globe, with fractions and heights.")
            .state("create", &[loc("@", "42, 21, 54.0, N", "71, 6, 18.0, W", "-24.0, 30.0, 0.0, 0.0")])
            .state("altitude and size", &[loc("@", "42, 21, 54.0, N", "71, 6, 18.0, W", "-25.0, 40.0, 0.0, 0.0")])
            .state(
                "elsewhere, and four more",
                &[
                    loc("@", "52, 14, 5.0, N", "0, 8, 50.0, E", "10.0, 1.0, 10000.0, 10.0"),
                    loc("a", "32, 7, 19.0, S", "116, 2, 25.0, E", "10.0, 20.0, 1000.0, 2.0"),
                    loc("b", "42, 21, 43.528, N", "71, 5, 6.284, W", "-25.0, 1.0, 3000.0, 10.0"),
                    loc("c", "52, 14, 5.001, S", "0, 8, 50.999, W", "-99999.99, 0.0, 0.01, 0.09"),
                    loc("d", "0, 0, 0.0, N", "179, 59, 59.999, W", "0.0, 1.0, 10000.0, 10.0"),
                ],
            ),
        group(39, "rewrite-rules", "Every part of a NAPTR record changes, one set of two included.")
            .state("create", &[naptr(&[FIRST])])
            .state("second rule", &[naptr(&[FIRST, SECOND])])
            .state("without it", &[naptr(&[FIRST])])
            .state("order", &[naptr(&["{order: 103, preference: 10, flags: U, service: SIP+D2U, regexp: '!^.*$!sip:a@example.net!', replacement: .}"])])
            .state("preference", &[naptr(&["{order: 103, preference: 20, flags: U, service: SIP+D2U, regexp: '!^.*$!sip:a@example.net!', replacement: .}"])])
            .state("flags", &[naptr(&["{order: 103, preference: 20, flags: A, service: SIP+D2U, regexp: '!^.*$!sip:a@example.net!', replacement: .}"])])
            .state("service", &[naptr(&["{order: 103, preference: 20, flags: A, service: SIP+D2T, regexp: '!^.*$!sip:a@example.net!', replacement: .}"])])
            .state("expression", &[naptr(&["{order: 103, preference: 20, flags: A, service: SIP+D2T, regexp: '!^.*$!sip:b@example.net!', replacement: .}"])])
            .state("target instead of expression", &[naptr(&["{order: 103, preference: 20, flags: A, service: SIP+D2T, regexp: '', replacement: sip.example.net.}"])])
            .state("target", &[naptr(&["{order: 103, preference: 20, flags: A, service: SIP+D2T, regexp: '', replacement: sip.example.org.}"])]),
        steps(
            group(40, "pointer", "A PTR record is created and changed."),
            "4 PTR",
            &[("create", "foo.example.net."), ("change", "bar.example.net.")],
        ),
    ]
}

const FIRST: &str = "{order: 100, preference: 10, flags: U, service: SIP+D2U, regexp: '!^.*$!sip:a@example.net!', replacement: .}";
const SECOND: &str = "{order: 102, preference: 10, flags: U, service: E2U+email, regexp: '!^.*$!mailto:a@example.net!', replacement: .}";

fn naptr(rules: &[&str]) -> String {
    format!("test NAPTR [{}]", rules.join(", "))
}

/// Degrees, minutes, seconds and direction twice; then altitude, size and two precisions.
fn loc(owner: &str, latitude: &str, longitude: &str, metres: &str) -> String {
    const KEYS: [&str; 12] = [
        "lat_degrees",
        "lat_minutes",
        "lat_seconds",
        "lat_direction",
        "long_degrees",
        "long_minutes",
        "long_seconds",
        "long_direction",
        "altitude",
        "size",
        "precision_horz",
        "precision_vert",
    ];
    let values = [latitude, longitude, metres].join(", ");
    let fields: Vec<String> = KEYS
        .iter()
        .zip(values.split(", "))
        // `N` is a truth value in YAML 1.1.
        .map(|(key, value)| match value {
            "N" | "S" | "E" | "W" => format!("{key}: '{value}'"),
            number => format!("{key}: {number}"),
        })
        .collect();
    format!("{owner} LOC [{{{}}}]", fields.join(", "))
}

fn start_of_authority_and_services() -> Vec<Draft> {
    let soa = |mname: &str, rname: &str, times: [u32; 4]| {
        let [refresh, retry, expire, minimum] = times;
        vec![format!(
            "@ SOA 3600 {{mname: {mname}, rname: {rname}, refresh: {refresh}, retry: {retry}, \
             expire: {expire}, minimum: {minimum}}}"
        )]
    };
    let srv = |members: &[&str]| vec![format!("_sip._tcp SRV [{}]", members.join(", "))];
    const A: &str = "{priority: 5, weight: 6, port: 7, target: foo.example.net.}";
    const B: &str = "{priority: 5, weight: 6, port: 7, target: bar.example.net.}";
    const C: &str = "{priority: 15, weight: 65, port: 75, target: baz.example.net.}";
    vec![
        group(41, "start-of-authority", "Every part of the SOA but its serial changes.")
            .state("create", &soa("ns1.example.net.", "host.example.net.", [3600, 600, 604_800, 1440]))
            .state("name server", &soa("ns2.example.net.", "host.example.net.", [3600, 600, 604_800, 1440]))
            .state("mailbox", &soa("ns2.example.net.", "dns.example.net.", [3600, 600, 604_800, 1440]))
            .state("refresh", &soa("ns2.example.net.", "dns.example.net.", [3666, 600, 604_800, 1440]))
            .state("retry", &soa("ns2.example.net.", "dns.example.net.", [3666, 666, 604_800, 1440]))
            .state("expire", &soa("ns2.example.net.", "dns.example.net.", [3666, 666, 604_866, 1440]))
            .state("negative TTL", &soa("ns2.example.net.", "dns.example.net.", [3666, 666, 604_866, 1466])),
        group(42, "service-location", "Members of an SRV set come and go, and each part changes.")
            .state("one", &srv(&[A]))
            .state("second with the same priority", &srv(&[A, B]))
            .state("third", &srv(&[A, B, C]))
            .state("without the one in the middle", &srv(&[A, C]))
            .state("target", &srv(&[A, "{priority: 15, weight: 65, port: 75, target: qux.example.net.}"]))
            .state("priority", &srv(&[A, "{priority: 52, weight: 65, port: 75, target: qux.example.net.}"]))
            .state("weight", &srv(&[A, "{priority: 52, weight: 62, port: 75, target: qux.example.net.}"]))
            .state("port", &srv(&[A, "{priority: 52, weight: 62, port: 72, target: qux.example.net.}"]))
            .state("none", super::basics::EMPTY)
            .state("no such service", &srv(&["{priority: 0, weight: 0, port: 0, target: .}"])),
        group(43, "service-location-ttl", "Only the TTL of an SRV set changes.")
            .state("create", &[format!("_sip._tcp SRV 300 [{A}]")])
            .state("other TTL", &[format!("_sip._tcp SRV 600 [{A}]")]),
    ]
}

fn keys_and_digests() -> Vec<Draft> {
    let sshfp = |algorithm: u8, kind: u8, print: &str| {
        vec![format!(
            "@ SSHFP [{{algorithm: {algorithm}, fingerprint_type: {kind}, fingerprint: '{print}'}}]"
        )]
    };
    const SHA1: &str = "66c7d5540b7d75a1fb4c84febfa178ad99bdd67c";
    const SHA256: &str = "745a635bc46a397a5c4f21d437483005bcc40d7511ff15fbfafe913a081559bc";
    const SHA512: &str = "745a635bc46a397a5c4f21d437483005bcc40d7511ff15fbfafe913a081559bc745a635bc46a397a5c4f21d437483005bcc40d7511ff15fbfafe913a081559bc";
    let association = |rtype: &str, owner: &str, number: u8, name: &'static str, story: &'static str| {
        let record = |usage: u8, selector: u8, matching: u8, data: &str| {
            vec![format!(
                "{owner} {rtype} [{{certificate_usage: {usage}, selector: {selector}, \
                 matching_type: {matching}, certificate_association_data: '{data}'}}]"
            )]
        };
        let other = SHA512.replace('7', "8");
        group(number, name, story)
            .state("create", &record(3, 1, 1, SHA256))
            .state("usage", &record(2, 1, 1, SHA256))
            .state("selector", &record(2, 0, 1, SHA256))
            .state("matching type", &record(2, 0, 2, SHA512))
            .state("certificate", &record(2, 0, 2, &other))
    };
    const DHCID_1: &str = "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=";
    const DHCID_2: &str = "AAEBOSD+XR3Os/0LozeXVqcNc7FwCfQdWL3b/NaiUDlW2No=";
    const KEY_1: &str = "AwEAAag=";
    const KEY_2: &str = "AwEAAbE=";
    let dnskey = |flags: u16, algorithm: u8, key: &str| {
        vec![format!("@ DNSKEY [{{flags: {flags}, protocol: 3, algorithm: {algorithm}, public_key: {key}}}]")]
    };
    vec![
        group(44, "ssh-fingerprint", "Every part of an SSHFP record changes.")
            .state("create", &sshfp(1, 1, SHA1))
            .state("algorithm", &sshfp(2, 1, SHA1))
            .state("type and fingerprint", &sshfp(2, 2, SHA256)),
        association("TLSA", "_443._tcp", 45, "tls-certificate", "Every part of a TLSA record changes."),
        association(
            "SMIMEA",
            "hash._smimecert",
            46,
            "mail-certificate",
            "Every part of an SMIMEA record changes.",
        ),
        steps(
            group(50, "dhcp-identity", "A DHCID record is created and changed."),
            "test DHCID",
            &[("create", DHCID_1), ("change", DHCID_2)],
        ),
        group(52, "zone-key", "Every part of a declared DNSKEY record changes.")
            .state("create", &dnskey(257, 13, KEY_1))
            .state("flags", &dnskey(256, 13, KEY_1))
            .state("key", &dnskey(256, 13, KEY_2))
            .state("algorithm", &dnskey(256, 8, KEY_2)),
        steps(
            group(
                53,
                "openpgp-key",
                "An OpenPGP key is created, changed, and declared twice over without a change.",
            ),
            "hash._openpgpkey OPENPGPKEY",
            &[("create", "mQINBFVHm5sB"), ("change", "mQINBFVHm5sC")],
        )
        .same("the same", &["hash._openpgpkey OPENPGPKEY ['mQINBFVHm5sC']"]),
    ]
}

fn chain_of_trust() -> Vec<Draft> {
    let ds = |owner: &str, members: &[&str]| format!("{owner} DS [{}]", members.join(", "));
    const ONE: &str =
        "{key_tag: 1, algorithm: 13, digest_type: 1, digest: da39a3ee5e6b4b0d3255bfef95601890afd80709}";
    const ALL: &str = "{key_tag: 8857, algorithm: 8, digest_type: 2, digest: '4b9b6b073edd97feb5bc12dc4e1b32d2c6af7ae23a293936ceb87bb10494ec44'}";
    const TAG: &str = "{key_tag: 65535, algorithm: 8, digest_type: 2, digest: '4b9b6b073edd97feb5bc12dc4e1b32d2c6af7ae23a293936ceb87bb10494ec44'}";
    const ALGORITHM: &str = "{key_tag: 65535, algorithm: 13, digest_type: 2, digest: '4b9b6b073edd97feb5bc12dc4e1b32d2c6af7ae23a293936ceb87bb10494ec44'}";
    const SHA384: &str = "{key_tag: 65535, algorithm: 13, digest_type: 4, digest: '2f04960ec9d87df4ac1e5ab7d5e5bd5f2c2b2cc8d8a6d1e61d3d3c35ed3de8b7c1b6b3f0a5b4d8c4a1f0e9d8c7b6a594'}";
    // A DS without a delegation beside it is never served, so every child has both.
    let child = |members: &[&str]| vec!["child NS [ns1.example.net.]".to_owned(), ds("child", members)];
    vec![
        group(47, "digest-at-apex", "DS records at the apex change, and move to a child.")
            .need(Need::ApexDs)
            .state("create", &[ds("@", &[ONE])])
            .state("everything", &[ds("@", &[ALL])])
            .state("key tag", &[ds("@", &[TAG])])
            .state("algorithm", &[ds("@", &[ALGORITHM])])
            .state("digest", &[ds("@", &[SHA384])])
            .state("at a child instead", &child(&[ONE]))
            .state("four", &child(&[ONE, ALL, TAG, ALGORITHM])),
        group(48, "digest-of-child", "DS records of a child change.")
            .state("create", &child(&[ONE]))
            .state("everything", &child(&[ALL]))
            .state("key tag", &child(&[TAG]))
            .state("algorithm", &child(&[ALGORITHM]))
            .state("digest", &child(&[SHA384]))
            .state("four", &child(&[ONE, ALL, TAG, ALGORITHM])),
        group(49, "digest-before-delegation", "DS and NS of a child come in one write and go in one.")
            .state(
                "both, the digest first",
                &[ds("another", &[ONE]), "another NS [ns1.example.net.]".to_owned()],
            )
            .state("neither", super::basics::EMPTY),
    ]
}

fn aliases() -> Vec<Draft> {
    vec![
        group(51, "subtree-alias", "A DNAME is created and gets other targets.")
            .state("create", &["test DNAME example.net."])
            .state("change", &["test DNAME example.org."])
            .state("into the zone", &["test DNAME a.{apex}"]),
        group(54, "address-alias", "An ALIAS at the apex and elsewhere, also to names of the zone.")
            .state("at the apex", &["@ ALIAS foo.example.net."])
            .state("change", &["@ ALIAS foo2.example.net."])
            .state("to a name of the zone", &["quux A [192.0.2.1]", "@ ALIAS quux.{apex}"])
            .state("below the apex", &["quux A [192.0.2.1]", "test ALIAS quux.{apex}"])
            .expecting(Expect::Change),
    ]
}
