//! The reader of evtx.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::reader("evtx", data));
