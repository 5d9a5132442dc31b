#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| dnsure_fuzz::journal(data));
