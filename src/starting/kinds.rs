//! The provider types, and what each must or may be told.

/// A provider type.
#[derive(Debug)]
pub struct Kind {
    /// The `type:` in `dnsure.yaml`.
    pub name: &'static str,
    /// What it is, for somebody who chooses.
    pub words: &'static str,
    /// What it is told, in the order in which to ask.
    pub settings: &'static [Setting],
}

/// Something that a provider is told.
#[derive(Debug)]
pub struct Setting {
    /// The key in `dnsure.yaml`.
    pub key: &'static str,
    /// The question, without its mark.
    pub question: &'static str,
    /// What it may look like; for a secret, the variable's usual name.
    pub example: &'static str,
    /// Whether it can do without.
    pub need: Need,
}

/// How much a setting is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The provider cannot be reached without.
    Required,
    /// As required, and a reference to a secret.
    Secret,
    /// Asked for; nothing is an answer.
    Optional,
    /// Asked for; nothing is an answer: a TSIG key, whose secret is a reference.
    Key,
}

impl Kind {
    /// The type of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

const fn setting(key: &'static str, need: Need, question: &'static str, example: &'static str) -> Setting {
    Setting { key, question, example, need }
}

const URL: &str = "the URL of its API";
const SERVERS: Setting = setting(
    "servers",
    Need::Optional,
    "the addresses its name servers answer on, with commas (nothing: what the zone's NS records say)",
    "192.0.2.53:53",
);
const KEY: Setting = setting(
    "key",
    Need::Key,
    "its TSIG key as NAME:ALGORITHM:env:VARIABLE, such as ci.:hmac-sha256:env:TSIG_SECRET (nothing: it wants none)",
    "ci.:hmac-sha256:env:TSIG_SECRET",
);

/// Every type, the ones that need least first.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "rfc2136",
        words: "BIND, Knot and others by zone transfer and dynamic update",
        settings: &[setting("server", Need::Required, "the primary's address", "192.0.2.53:53"), KEY],
    },
    Kind {
        name: "powerdns",
        words: "PowerDNS by its HTTP API",
        settings: &[
            setting("url", Need::Required, URL, "http://127.0.0.1:8081"),
            setting("api_key", Need::Secret, "the variable that holds the API key", "PDNS_API_KEY"),
            SERVERS,
        ],
    },
    Kind {
        name: "route53",
        words: "Amazon Route 53, with the credentials of the AWS command line",
        settings: &[setting("profile", Need::Optional, "the AWS profile (nothing: the default)", "dns")],
    },
    Kind {
        name: "cloud-dns",
        words: "Google Cloud DNS, with application default credentials",
        settings: &[setting("project", Need::Required, "the id of the project", "acme-dns")],
    },
    Kind {
        name: "azure-dns",
        words: "Azure DNS, with the credentials of the Azure command line or the environment",
        settings: &[
            setting("subscription", Need::Required, "the id of the subscription", "0b1f6471-…"),
            setting("resource_group", Need::Required, "the resource group of the zones", "dns"),
        ],
    },
    Kind {
        name: "cloudflare",
        words: "Cloudflare, with an API token",
        settings: &[setting(
            "token",
            Need::Secret,
            "the variable that holds the API token",
            "CLOUDFLARE_API_TOKEN",
        )],
    },
    Kind {
        name: "panel",
        words: "any service behind a small HTTP adapter (docs/panel.md)",
        settings: &[
            setting("url", Need::Required, URL, "http://127.0.0.1:8080"),
            setting("token", Need::Secret, "the variable that holds the token", "PANEL_TOKEN"),
            SERVERS,
        ],
    },
    Kind {
        name: "zone-file",
        words: "master files on this machine; a server loads them",
        settings: &[
            setting("directory", Need::Required, "the directory of the files", "/var/lib/bind"),
            setting("file", Need::Optional, "the name of a file (nothing: {zone}.zone)", "db.{zone}"),
            SERVERS,
        ],
    },
    Kind {
        name: "axfr",
        words: "any server that gives zone transfers: read, never written",
        settings: &[setting("server", Need::Required, "its address", "192.0.2.1:53"), KEY],
    },
    Kind { name: "embedded", words: "zones on disk, served by dnsure itself", settings: &[] },
];
