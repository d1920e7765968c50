//! The reader of clixml.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::reader("clixml", data));
