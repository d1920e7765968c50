//! Event logs and traces that send a reader in circles.

use super::{Case, case, sample};

/// Bytes before the first chunk of an event log ([MS-EVEN6], libevtx).
const FILE_HEADER: usize = 4096;
/// Bytes of a chunk.
const CHUNK: usize = 65_536;
/// Where a chunk's first record lies.
const RECORDS: usize = 512;

fn changed(mut bytes: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

/// The tables in front of a chunk's records say where strings and templates lie that were seen before.
fn circles(mut log: Vec<u8>) -> Vec<u8> {
    for at in (FILE_HEADER + 128..FILE_HEADER + RECORDS).step_by(4) {
        // Each leads to the middle of the tables themselves, where every offset leads to itself.
        let target = (at - FILE_HEADER) as u32 & !3;
        log[at..at + 4].copy_from_slice(&target.to_le_bytes());
    }
    log
}

pub(super) fn cases() -> Vec<Case> {
    let log = sample("refs-two-node/HV-A/System.evtx");
    let trace = sample("csvfs-trace/CEDAR2/csv_trace.etl");
    let size = u32::from_le_bytes([trace[0], trace[1], trace[2], trace[3]]) as usize;
    let again = [&log[..], &log[FILE_HEADER..], &log[FILE_HEADER..]].concat();
    vec![
        case("evtx: tables that lead to themselves", &[("System.evtx", circles(log.clone()))]),
        case(
            "evtx: a record of no size",
            &[("System.evtx", changed(log.clone(), FILE_HEADER + RECORDS + 4, &[0; 4]))],
        ),
        case(
            "evtx: a chunk that says it ends before its start",
            &[("System.evtx", changed(log.clone(), FILE_HEADER + 48, &[1, 0, 0, 0]))],
        ),
        case("evtx: the same chunk again and again", &[("System.evtx", again)]),
        case("evtx: cut within its chunk", &[("System.evtx", log[..FILE_HEADER + CHUNK / 8].to_vec())]),
        case("evtx: a header and nothing else", &[("System.evtx", log[..FILE_HEADER].to_vec())]),
        case("etl: a second buffer of no size", &[("trace.etl", changed(trace.clone(), size, &[0; 8]))]),
        case("etl: a first buffer of no size", &[("trace.etl", changed(trace.clone(), 0, &[0; 8]))]),
        case("etl: a buffer of four gigabytes", &[("trace.etl", changed(trace.clone(), size, &[0xff; 4]))]),
        case("etl: cut within its header", &[("trace.etl", trace[..100].to_vec())]),
    ]
}
