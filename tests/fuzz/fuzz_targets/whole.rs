//! A bundle of several inputs through the whole analysis to every output.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::whole(data));
