//! Who a machine is to the cloud that it runs in: the metadata services of Google, AWS and Azure (as App Service has
//! it), each with its own header that a page in a browser could not send.

use super::{Request, Response, Served, Service};
use serde_json::json;

/// A role without a key, whatever the cloud.
pub struct Metadata;

impl Metadata {
    /// The secret that Azure gives the machine for asking.
    pub const AZURE_HEADER: &'static str = "of-this-machine";
    /// The access key id that AWS gives.
    pub const AWS_KEY: &'static str = "AKIAINSTANCE";
    /// Google's token for reading.
    pub const GOOGLE_READER: &'static str = "machines-ro";
    /// Google's token for writing.
    pub const GOOGLE_WRITER: &'static str = "machines-rw";
    /// What AWS gives for a session of asking (the second version of its service).
    const AWS_SESSION: &'static str = "a-session";

    fn google(request: &Request) -> Option<Response> {
        let scopes = request.parameter("scopes").unwrap_or_default();
        let is_asked = request.header("metadata-flavor") == Some("Google");
        let token = if scopes.ends_with("ndev.clouddns.readonly") {
            Self::GOOGLE_READER
        } else {
            Self::GOOGLE_WRITER
        };
        is_asked.then(|| {
            let body = json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" });
            Response::json(200, &body).header("Metadata-Flavor", "Google")
        })
    }

    fn aws(request: &Request, of: &str) -> Option<Response> {
        if of == "api/token" {
            let asks =
                request.method == "PUT" && request.header("x-aws-ec2-metadata-token-ttl-seconds").is_some();
            let session = Response::text(200, "text/plain", Self::AWS_SESSION);
            return asks.then(|| session.header("x-aws-ec2-metadata-token-ttl-seconds", "21600"));
        }
        if request.header("x-aws-ec2-metadata-token") != Some(Self::AWS_SESSION) {
            return None;
        }
        match of {
            "meta-data/iam/security-credentials/" => Some(Response::text(200, "text/plain", "dns-role")),
            "meta-data/iam/security-credentials/dns-role" => Some(Response::json(
                200,
                &json!({
                    "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
                    "AccessKeyId": Self::AWS_KEY, "SecretAccessKey": "hush", "Token": "hush-too",
                    "Expiration": "2099-01-01T00:00:00Z",
                }),
            )),
            _ => None,
        }
    }

    fn azure(request: &Request, token: &str) -> Option<Response> {
        let is_asked = request.header("x-identity-header") == Some(Self::AZURE_HEADER);
        let resource = request.parameter("resource").filter(|resource| !resource.is_empty())?;
        is_asked.then(|| {
            let body = json!({
                "access_token": token, "expires_on": "4102444800", "resource": resource, "token_type": "Bearer",
            });
            Response::json(200, &body)
        })
    }
}

impl Service for Metadata {
    fn answer(&mut self, request: &Request) -> Response {
        let path = request.path();
        let answer = if let Some(of) = path.strip_prefix("/latest/") {
            Self::aws(request, of)
        } else if path == "/computeMetadata/v1/instance/service-accounts/default/token" {
            Self::google(request)
        } else if path == "/msi/token" {
            Self::azure(request, super::azure::Azure::TOKEN)
        } else {
            None
        };
        answer.unwrap_or_else(|| Response::text(401, "text/plain", "who asks?"))
    }

    fn touched(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn served(&self, _zone: &str) -> Served {
        Served::new()
    }
}
