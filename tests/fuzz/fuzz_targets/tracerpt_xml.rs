//! The reader of tracerpt xml.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::reader("tracerpt_xml", data));
