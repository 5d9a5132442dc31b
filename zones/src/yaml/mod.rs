//! octoDNS's YAML zone files.
