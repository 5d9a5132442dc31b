//! `type: azure-dns`.

use crate::config::key::SecretRef;
use crate::config::reader::Reader;
use dnsure_providers::azure_dns::CredentialKind;
use dnsure_zones::yaml::Node;

/// Azure DNS, public zones of one resource group.
#[derive(Debug)]
pub struct AzureDnsConfig {
    /// The id of the subscription.
    pub subscription: String,
    /// The name of the resource group.
    pub resource_group: String,
    /// Resource Manager, where it is not the public cloud's.
    pub url: Option<String>,
    /// Who asks, where the file says so.
    pub credentials: Option<AzureCredentialsConfig>,
    /// An access token that was made elsewhere.
    pub token: Option<SecretRef>,
    /// Whether the API's preview version is spoken.
    pub preview: bool,
}

/// Who asks.
#[derive(Debug)]
pub struct AzureCredentialsConfig {
    /// The kind.
    pub kind: CredentialKind,
    /// The directory; else `AZURE_TENANT_ID`.
    pub tenant: Option<String>,
    /// The application or identity; else `AZURE_CLIENT_ID`.
    pub client: Option<String>,
    /// The secret of a client secret; else `AZURE_CLIENT_SECRET`.
    pub secret: Option<SecretRef>,
}

const KEYS: &[&str] =
    &["type", "subscription", "resource_group", "url", "credentials", "token", "preview", "servers"];
const KINDS: &str = "the kinds are `workload-identity`, `client-secret`, `managed-identity` and `az-cli`";

impl Reader {
    pub(super) fn azure_dns(&mut self, node: &Node) -> Option<AzureDnsConfig> {
        self.only(node, KEYS);
        let [subscription, resource_group] = ["subscription", "resource_group"].map(|key| {
            let value = self.required(node, key)?;
            self.text(value)
        });
        let url = match node.get("url") {
            Some(url) => Some(self.text(url)?),
            None => None,
        };
        let credentials = match node.get("credentials") {
            Some(credentials) => Some(self.azure_credentials(credentials)?),
            None => None,
        };
        let token = match node.get("token") {
            Some(token) => Some(self.secret(token)?),
            None => None,
        };
        if let (Some(_), Some(both)) = (&credentials, node.get("token")) {
            let error = both.error("two-credentials", "a token stands beside `credentials`");
            self.errors.push(error.with_help("write one of the two"));
        }
        let preview = match node.get("preview") {
            Some(preview) => self.take(preview.expect_bool())?,
            None => false,
        };
        Some(AzureDnsConfig {
            subscription: subscription?,
            resource_group: resource_group?,
            url,
            credentials,
            token,
            preview,
        })
    }

    fn azure_credentials(&mut self, node: &Node) -> Option<AzureCredentialsConfig> {
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, &["kind", "tenant", "client", "secret"]);
        let named = self.required(node, "kind")?;
        let text = self.text(named)?;
        let Some(kind) = CredentialKind::named(&text) else {
            let error = named.error("unknown-credentials", format!("there are no credentials `{text}`"));
            self.errors.push(error.with_help(KINDS));
            return None;
        };
        let [tenant, client] =
            ["tenant", "client"].map(|key| node.get(key).and_then(|value| self.text(value)));
        let secret = match node.get("secret") {
            Some(secret) => Some(self.secret(secret)?),
            None => None,
        };
        Some(AzureCredentialsConfig { kind, tenant, client, secret })
    }
}
