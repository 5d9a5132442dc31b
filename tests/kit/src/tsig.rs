//! TSIG keys as the tools and servers want them written.

/// A shared key for updates and transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tsig {
    /// Key name.
    pub name: String,
    /// Algorithm, as in `hmac-sha256`.
    pub algorithm: String,
    /// The secret in base64.
    pub secret: String,
}

impl Tsig {
    /// A key; the secret is base64.
    pub fn new(name: &str, algorithm: &str, secret: &str) -> Tsig {
        Tsig { name: name.to_owned(), algorithm: algorithm.to_owned(), secret: secret.to_owned() }
    }

    /// A key for tests: hmac-sha256 with a fixed secret.
    pub fn sample(name: &str) -> Tsig {
        Tsig::new(name, "hmac-sha256", "b25lIHNlY3JldCBmb3IgdGVzdHMgb2Ygb25lIGtleS4=")
    }

    /// `algorithm:name:secret`, the argument of `-y` of dig, kdig, nsupdate and knsupdate.
    pub fn argument(&self) -> String {
        format!("{}:{}:{}", self.algorithm, self.name, self.secret)
    }
}
