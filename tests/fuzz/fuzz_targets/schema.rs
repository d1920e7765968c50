//! Files of `--schema`: manifests, drivers, TMF.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| throughline_fuzz::schema(data));
