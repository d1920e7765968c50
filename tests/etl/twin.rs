//! One trace, and the event log that Windows itself made of it: both must say the same, record by record.

use chrono::{DateTime, Utc};
use serde_json::Value;
use throughline::fact::Guid;
use throughline::source::etw::etl::RecordKind;

use super::{open, sample};

/// What an event log says of an event, apart from its data.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    /// 100 ns since 1970 UTC.
    time: i64,
    provider: Option<Guid>,
    id: u64,
    version: u64,
    level: u64,
    task: u64,
    opcode: u64,
    keywords: u64,
    process: u64,
    thread: u64,
    cpu: u64,
    cpu_times: (u64, u64),
    activity: Option<Guid>,
    related: Option<Guid>,
}

fn of_windows(event: &Value) -> Event {
    let system = &event["Event"]["System"];
    let attribute = |element: &str, name: &str| system[element]["#attributes"][name].clone();
    let guid = |element, name| attribute(element, name).as_str().and_then(Guid::parse);
    let number = |value: Value| value.as_u64().unwrap();
    let execution = |name| number(attribute("Execution", name));
    let time = attribute("TimeCreated", "SystemTime");
    let time: DateTime<Utc> = time.as_str().unwrap().parse().unwrap();
    let keywords = system["Keywords"].as_str().unwrap().trim_start_matches("0x").to_owned();
    Event {
        time: time.timestamp_nanos_opt().unwrap() / 100,
        provider: guid("Provider", "Guid"),
        id: number(system["EventID"].clone()),
        version: number(system["Version"].clone()),
        level: number(system["Level"].clone()),
        task: number(system["Task"].clone()),
        opcode: number(system["Opcode"].clone()),
        keywords: u64::from_str_radix(&keywords, 16).unwrap(),
        process: execution("ProcessID"),
        thread: execution("ThreadID"),
        cpu: execution("ProcessorID"),
        cpu_times: (execution("KernelTime"), execution("UserTime")),
        activity: guid("Correlation", "ActivityID").filter(|&guid| guid != Guid([0; 16])),
        related: guid("Correlation", "RelatedActivityID"),
    }
}

#[test]
fn a_trace_says_what_windows_read_in_it() {
    let (Some(trace), Some(log)) = (sample("manifest-win7-http.etl"), sample("manifest-win7-http.evtx"))
    else {
        return;
    };
    let mut parser = evtx::EvtxParser::from_buffer(log).unwrap();
    let theirs: Vec<Value> = parser.records_json_value().map(|record| record.unwrap().data).collect();
    let theirs: Vec<&Value> = theirs
        .iter()
        .filter(|event| event["Event"]["System"]["Provider"]["#attributes"]["Guid"] != EVENT_TRACE)
        .collect();
    assert_eq!(theirs.len(), 2041);

    let mut file = open(&trace);
    let mut records = file.time_order();
    let mut payloads = 0;
    let mut at = 0;
    records.for_each(|record| {
        if record.kind() != RecordKind::Event64 {
            return;
        }
        let (kernel, user) = record.cpu_times().unwrap();
        let ours = Event {
            time: record.time().unwrap() / 100,
            provider: record.provider(),
            id: record.id().unwrap().into(),
            version: record.version().unwrap().into(),
            level: record.level().unwrap().into(),
            task: record.task().unwrap().into(),
            opcode: record.opcode().unwrap().into(),
            keywords: record.keywords().unwrap(),
            process: record.process_id().unwrap().into(),
            thread: record.thread_id().unwrap().into(),
            cpu: record.cpu().into(),
            cpu_times: (kernel.into(), user.into()),
            activity: record.activity_id(),
            related: record.related_activity_id(),
        };
        let event = theirs[at];
        assert_eq!(ours, of_windows(event), "event {at}, at {}", record.place());
        // Where Windows could not decode an event it prints the payload itself.
        if let Some(hex) = event["Event"]["ProcessingErrorData"]["EventPayload"].as_str() {
            let payload: String =
                record.payload().unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
            assert_eq!(payload, hex, "event {at}");
            payloads += 1;
        }
        at += 1;
    });
    assert_eq!((at, payloads), (2041, 291));
}

/// The provider of the trace's own header event.
const EVENT_TRACE: &str = "{68fdd900-4a3e-11d1-84f4-0000f80464e3}";
