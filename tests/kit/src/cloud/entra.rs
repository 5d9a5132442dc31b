//! A stand-in for Microsoft Entra, over TLS with a certificate of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::octodns::oracles_python;

/// A running stand-in.
#[derive(Debug)]
pub struct Entra {
    child: Child,
    directory: tempfile::TempDir,
    port: u16,
}

impl Entra {
    /// The directory's id.
    pub const TENANT: &str = "72f988bf-0000-4000-8000-000000000001";
    /// The application's id.
    pub const CLIENT: &str = "3f1d2c4b-0000-4000-8000-000000000002";
    /// The application's secret.
    pub const SECRET: &str = "kit~secret-of~an-application";
    /// A token of another issuer that it takes for the application.
    pub const ASSERTION: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZXBvOmFjbWUvZG5zIn0.c2ln";

    /// Starts it; it gives `token` to those who prove themselves.
    pub fn start(token: &str) -> Entra {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/entra.py");
        let mut child = Command::new(oracles_python())
            .arg(script)
            .arg(directory.path())
            .args([Entra::TENANT, Entra::CLIENT, Entra::SECRET, Entra::ASSERTION, token])
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{error}"));
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let port = std::fs::read_to_string(directory.path().join("port"));
            if let Some(port) = port.ok().and_then(|text| text.parse().ok()) {
                return Entra { child, directory, port };
            }
            assert!(child.try_wait().is_ok_and(|end| end.is_none()), "entra.py ended");
            assert!(Instant::now() < deadline, "entra.py does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The variables by which a client finds and trusts it.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("AZURE_AUTHORITY_HOST", format!("https://127.0.0.1:{}/", self.port)),
            ("SSL_CERT_FILE", self.directory.path().join("ca.pem").display().to_string()),
        ]
    }

    /// The forms of the requests so far.
    pub fn requests(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.directory.path().join("requests")).unwrap_or_default();
        let request =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        text.lines().map(request).collect()
    }
}

impl Drop for Entra {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
