//! JSON reports handed to `diff` and `check --expect`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::report(data));
