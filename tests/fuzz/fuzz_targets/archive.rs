//! Archives of every kind: what a stranger's archive asks for is bounded, whatever it says.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::archive(data));
