//! The reader of tracerpt csv.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::reader("tracerpt_csv", data));
