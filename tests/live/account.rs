//! Where the story is told: a cloud, an account there, and the environment with its credentials.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// The clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    CloudDns,
    Route53,
    Cloudflare,
    AzureDns,
}

impl Kind {
    /// The provider's type in `dnsure.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudDns => "cloud-dns",
            Self::Route53 => "route53",
            Self::Cloudflare => "cloudflare",
            Self::AzureDns => "azure-dns",
        }
    }

    /// The variable with the provider as it stands in `dnsure.yaml`.
    pub fn variable(self) -> &'static str {
        match self {
            Self::CloudDns => "DNSURE_LIVE_CLOUD_DNS",
            Self::Route53 => "DNSURE_LIVE_ROUTE53",
            Self::Cloudflare => "DNSURE_LIVE_CLOUDFLARE",
            Self::AzureDns => "DNSURE_LIVE_AZURE_DNS",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::CloudDns => "{type: cloud-dns, project: my-project}",
            Self::Route53 => "{type: route53}",
            Self::Cloudflare => "{type: cloudflare, token: env:CLOUDFLARE_API_TOKEN, account: MY-ACCOUNT-ID}",
            Self::AzureDns => "{type: azure-dns, subscription: MY-SUBSCRIPTION-ID, resource_group: my-group}",
        }
    }

    /// Whether the types at a name can swap in one write.
    pub fn swaps_types(self) -> bool {
        self != Self::AzureDns
    }

    /// Whether it has DS, HTTPS, NAPTR, SSHFP, SVCB and TLSA.
    pub fn has_newer_types(self) -> bool {
        self != Self::AzureDns
    }
}

/// An account at a cloud.
#[derive(Debug)]
pub struct Account {
    pub cloud: Kind,
    /// The provider as it stands in `dnsure.yaml`.
    pub provider: String,
    /// Every variable that programs see.
    pub environment: BTreeMap<String, String>,
    /// The domain below which zones are made.
    pub parent: String,
    /// An empty zone that is taken instead.
    pub zone: Option<String>,
    /// How servers are asked: the entries of `verify`.
    pub verify: &'static str,
}

impl Account {
    /// The one that the environment names; panics with what to set.
    pub fn of_environment(cloud: Kind) -> Self {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        let set = |name: &str| environment.get(name).filter(|text| !text.is_empty()).cloned();
        let (variable, example) = (cloud.variable(), cloud.example());
        let provider = set(variable).unwrap_or_else(|| {
            panic!(
                "{variable} is not set: it holds the provider as it stands in dnsure.yaml, as in {variable}='{example}'; docs/live.md says the rest"
            )
        });
        let zone = if cloud == Kind::Cloudflare { set("DNSURE_LIVE_CLOUDFLARE_ZONE") } else { None };
        let parent = set("DNSURE_LIVE_PARENT").or_else(|| zone.clone()).unwrap_or_else(|| {
            panic!(
                "DNSURE_LIVE_PARENT is not set: it is a domain of yours, below which a zone is made for each run; docs/live.md says the rest"
            )
        });
        Self { cloud, provider, environment, parent, zone, verify: "{samples: 3, deadline: 10m}" }
    }

    /// A program that sees nothing but this environment.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).env_clear().envs(&self.environment);
        command
    }
}
