//! The reader of xperf.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::reader("xperf_text", data));
