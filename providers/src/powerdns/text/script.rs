//! LUA records: a type and a script.

use super::type_from_api;
use dnsure_zones::RecordType;

/// A script stands between quotes as it is; PowerDNS puts a space where two quoted parts meet.
pub(super) fn from_api(content: &str) -> Result<Vec<u8>, String> {
    let (rtype, script) = content.split_once(' ').ok_or("it has no script")?;
    let code = type_from_api(rtype)
        .and_then(RecordType::code)
        .ok_or_else(|| format!("`{rtype}` is no type a script can make"))?;
    let script = script.trim().strip_prefix('"').and_then(|script| script.strip_suffix('"'));
    let script = script.ok_or("its script does not stand in quotes")?;
    let joined = script.split('"').filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" ");
    let mut wire = code.to_be_bytes().to_vec();
    wire.extend_from_slice(joined.as_bytes());
    Ok(wire)
}

pub(super) fn to_api(wire: &[u8]) -> Result<String, String> {
    let (code, script) = wire.split_first_chunk::<2>().ok_or("it has no type")?;
    let script = std::str::from_utf8(script).map_err(|_| "the script is not UTF-8")?;
    if script.contains('"') || script.ends_with('\\') {
        return Err("PowerDNS has no way to write a double quote, or a backslash at the end, in a script: use single quotes".into());
    }
    if script.contains(|character: char| character.is_control() && character != '\n' && character != '\t') {
        return Err("the script holds control characters".into());
    }
    Ok(format!("{} \"{script}\"", RecordType::from_code(u16::from_be_bytes(*code))))
}
