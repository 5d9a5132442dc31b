//! A file with twenty different mistakes gives twenty precise errors.

use super::{apex, read};
use dnsure_zones::diagnostic::{Renderer, summary};
use dnsure_zones::source::MemorySource;

const FILE: &str = r#"---
'@':
  type: A
  value: 192.0.2.1
www.:
  type: A
  value: 192.0.2.1
'two words':
  type: A
  value: 192.0.2.1
no:
  type: A
  value: 192.0.2.1
untyped:
  value: 192.0.2.1
lower:
  type: cname
  value: www.example.net.
typo:
  type: AAAAA
  value: 2001:db8::1
empty:
  type: A
octet:
  type: A
  value: 192.0.2.256
short:
  ttl: soon
  type: A
  value: 192.0.2.1
long:
  ttl: 3000000000
  type: A
  value: 192.0.2.1
mail:
  type: MX
  values:
    - preference: 70000
      exchange: mx.example.net.
    - prefrence: 10
      exchange: mx.example.net.
cdn:
  proxied: true
  type: A
  value: 192.0.2.1
alias:
  - type: CNAME
    value: www.example.net.
  - type: TXT
    value: hello
both:
  type: A
  value: 192.0.2.1
  values: [192.0.2.2]
half:
  type: TXT
  value: '"half quoted'
hash:
  type: SSHFP
  value: {algorithm: 4, fingerprint_type: 2, fingerprint: 00112233}
relative:
  type: NS
  value: ns1
twice:
  type: A
  value: 192.0.2.1
twice:
  type: AAAA
  value: 2001:db8::1
"#;

#[test]
fn twenty_mistakes_give_twenty_errors() {
    let result = read(FILE);
    assert!(result.declared.is_none());
    let source = MemorySource::new().with("zones/example.com.yaml", FILE);
    let rendered = Renderer::plain(&source).render_all(&result.diagnostics);
    assert!(apex().to_string().ends_with('.'));
    insta::assert_snapshot!(format!("{rendered}{}", summary(&result.diagnostics)));
}
