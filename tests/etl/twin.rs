//! One trace, and the event log that Windows itself made of it: both must say the same, record by record.

use chrono::{DateTime, Utc};
use serde_json::Value;
use throughline::fact::Guid;
use throughline::source::etw::decode::{Decoder, Schema};
use throughline::source::etw::etl::RecordKind;
use throughline::source::etw::schema::{GivenSchema, Origin, Schemas};
use throughline::source::event;

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

/// Is a decoded value what the event log prints for it? Pointers are hexadecimal there.
fn same(ours: &event::Value<'_>, theirs: &Value) -> bool {
    match (ours, theirs) {
        (event::Value::Unsigned(number), Value::String(text)) => {
            text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok()) == Some(*number)
        }
        (event::Value::Unsigned(number), theirs) => theirs.as_u64() == Some(*number),
        (event::Value::Text(text), Value::Null) => text.is_empty(),
        (ours, Value::String(text)) => ours.text() == *text,
        _ => false,
    }
}

#[test]
fn a_trace_says_what_windows_read_in_it() {
    let (Some(trace), Some(log), Some(manifest)) =
        (sample("manifest-win7-http.etl"), sample("manifest-win7-http.evtx"), sample("HTTP_Server.man"))
    else {
        return;
    };
    let given = GivenSchema::read("HTTP_Server.man", &manifest).unwrap();
    let mut parser = evtx::EvtxParser::from_buffer(log).unwrap();
    let theirs: Vec<Value> = parser.records_json_value().map(|record| record.unwrap().data).collect();
    let theirs: Vec<&Value> = theirs
        .iter()
        .filter(|event| event["Event"]["System"]["Provider"]["#attributes"]["Guid"] != EVENT_TRACE)
        .collect();
    assert_eq!(theirs.len(), 2041);

    let mut file = open(&trace);
    let mut decoder = Decoder::new(Schemas::given(&[given]), file.header());
    let mut records = file.time_order();
    let (mut payloads, mut values) = (0, 0);
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
        let decoded = decoder.decode(&record);
        let refused = event["Event"]["ProcessingErrorData"].as_object();
        let origin = Origin::Given("HTTP_Server.man".into());
        assert_eq!(decoded.schema, Schema::Used { origin, unterminated: refused.is_some() }, "event {at}");
        assert_eq!(decoded.provider, "Microsoft-Windows-HttpService");
        if let Some(refused) = &refused {
            // Windows names the field that it stumbled over: the text without an end.
            let last = decoded.fields().last().unwrap();
            assert_eq!(last.name, refused["DataItemName"], "event {at}");
            assert!(last.value.text().starts_with("http"), "event {at}: {last:?}");
        } else {
            let fields: Vec<event::Field<'_>> = decoded.fields().collect();
            let data = event["Event"]["EventData"].as_object().unwrap();
            assert_eq!(fields.len(), data.len(), "event {at}");
            for (field, (name, value)) in fields.iter().zip(data) {
                assert!(
                    field.name == name && same(&field.value, value),
                    "event {at}: {field:?} {name} {value}"
                );
                values += 1;
            }
        }
        at += 1;
    });
    assert_eq!((at, payloads), (2041, 291));
    assert_eq!(values, 7873);
}

/// The provider of the trace's own header event.
const EVENT_TRACE: &str = "{68fdd900-4a3e-11d1-84f4-0000f80464e3}";
