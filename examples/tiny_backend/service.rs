//! The service that the backend talks to: a zone as one text with a version, published to a name server.

use dnsure_kit::cloud::{Request, Response, Served, Service};

pub(crate) const TOKEN: &str = "token-of-the-notebook";

/// One zone.
pub(crate) struct Notebook {
    pub(crate) zone: String,
    pub(crate) text: String,
    version: u64,
    touched: bool,
}

impl Notebook {
    pub(crate) fn new(zone: &str, text: String) -> Self {
        Self { zone: zone.into(), text, version: 1, touched: true }
    }
}

impl Service for Notebook {
    fn answer(&mut self, request: &Request) -> Response {
        let version = format!("\"{}\"", self.version);
        let said = |status, text: &str| Response::text(status, "text/plain", text);
        if request.token() != Some(TOKEN) {
            return said(401, "who are you?");
        }
        if request.path() != format!("/zones/{}", self.zone) {
            return said(404, "no such zone");
        }
        match request.method.as_str() {
            "GET" => said(200, &self.text).header("ETag", version),
            "PUT" if request.header("if-match") != Some(version.as_str()) => {
                said(412, "somebody else wrote in between")
            }
            "PUT" => {
                self.text = request.body.clone();
                self.version += 1;
                self.touched = true;
                said(200, "").header("ETag", format!("\"{}\"", self.version))
            }
            _ => said(405, "GET or PUT"),
        }
    }

    fn touched(&mut self) -> Vec<String> {
        if std::mem::take(&mut self.touched) { vec![self.zone.clone()] } else { Vec::new() }
    }

    fn served(&self, zone: &str) -> Served {
        dnsure_kit::cloud::served_text(zone, &self.text)
    }
}
