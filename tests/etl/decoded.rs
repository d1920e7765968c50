//! Decoding: against real traces, whose payloads every schema must use up exactly, and on made ones of the events that
//! no trace at hand has.

use std::collections::BTreeMap;

use throughline::source::etw::decode::{Decoder, Schema};
use throughline::source::etw::etl::ExtendedItem;
use throughline::source::etw::schema::{Origin, Schemas};

use super::{open, sample};

/// Events by what decoded them.
fn outcomes(bytes: &[u8], mut schemas: Schemas) -> BTreeMap<String, u64> {
    let mut file = open(bytes);
    schemas.index(&mut file);
    let mut decoder = Decoder::new(schemas, file.header());
    let mut counts = BTreeMap::new();
    file.file_order().for_each(|record| {
        let told = match decoder.decode(&record).schema {
            Schema::Used { origin, unterminated: false } => origin.to_string(),
            Schema::Used { origin, unterminated: true } => format!("{origin}, unterminated"),
            other => format!("{other:?}"),
        };
        *counts.entry(told).or_default() += 1;
    });
    counts
}

#[test]
fn every_self_describing_event_uses_up_its_payload() {
    for (name, events) in [
        ("compressed-tracelogging-struct.etl", 1),
        ("tracelogging-circular-waasmedic.etl", 17),
        ("tracelogging-lxcore-group-trait-tags.etl", 2),
        ("tracelogging-primitive-types.etl", 5),
        ("tracelogging-vararray-amsi.etl", 19),
    ] {
        let Some(bytes) = sample(name) else { return };
        let mut described = 0;
        open(&bytes).file_order().for_each(|record| {
            described += u64::from(record.extended().any(|item| item.kind == ExtendedItem::EVENT_SCHEMA));
        });
        let counts = outcomes(&bytes, Schemas::new());
        assert_eq!((described, counts.get("TraceLogging")), (events, Some(&events)), "{name}: {counts:?}");
        assert_eq!(counts.get("Misfit"), None, "{name}");
    }
}

#[test]
fn self_describing_events_say_what_they_hold() {
    let Some(bytes) = sample("tracelogging-primitive-types.etl") else { return };
    let mut file = open(&bytes);
    let mut decoder = Decoder::new(Schemas::new(), file.header());
    let mut told = Vec::new();
    file.file_order().for_each(|record| {
        let event = decoder.decode(&record);
        if event.schema == (Schema::Used { origin: Origin::TraceLogging, unterminated: false }) {
            let fields: Vec<String> = event.shown().map(|(name, value)| format!("{name}={value}")).collect();
            told.push(format!("{} {}: {}", event.provider, event.event(), fields.join(", ")));
        }
    });
    expect_test::expect![[r#"
        solar_system PrimitiveTypesTest: string_type=Mercury, boolean_type=false, char_type=M, int16_type=-51, int32_type=-102, uint16_type=51, uint32_type=102, int64_type=18446744073709551412, uint64_type=204, guid_type={0ad614c4-0ef4-4225-8013-f44f37cb0397}, file_time_type=2021-09-09T14:59:35.7990000Z, system_time_type=2021-09-09T14:59:35.799
        solar_system PrimitiveTypesTest: string_type=Venus, boolean_type=true, char_type=V, int16_type=-95, int32_type=-190, uint16_type=95, uint32_type=190, int64_type=18446744073709551236, uint64_type=380, guid_type={e04ff801-9ea3-494f-a10e-8ef833e9099f}, file_time_type=2021-09-09T14:59:36.2390000Z, system_time_type=2021-09-09T14:59:36.239
        solar_system PrimitiveTypesTest: string_type=Earth, boolean_type=false, char_type=E, int16_type=-65, int32_type=-130, uint16_type=65, uint32_type=130, int64_type=18446744073709551356, uint64_type=260, guid_type={c7a6c80e-f2a6-4220-ab98-d7c21a58f9fb}, file_time_type=2021-09-09T14:59:36.6710000Z, system_time_type=2021-09-09T14:59:36.671
        solar_system PrimitiveTypesTest: string_type=Mars, boolean_type=false, char_type=M, int16_type=-29, int32_type=-58, uint16_type=29, uint32_type=58, int64_type=18446744073709551500, uint64_type=116, guid_type={0a922cee-67c1-4108-b39d-b132e47033c4}, file_time_type=2021-09-09T14:59:37.0480000Z, system_time_type=2021-09-09T14:59:37.048
        solar_system PrimitiveTypesTest: string_type=Jupiter, boolean_type=true, char_type=J, int16_type=-69, int32_type=-138, uint16_type=69, uint32_type=138, int64_type=18446744073709551340, uint64_type=276, guid_type={bb11b97b-1110-4eb6-bc33-fd71219d322e}, file_time_type=2021-09-09T14:59:37.4840000Z, system_time_type=2021-09-09T14:59:37.484"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_provider_that_logs_its_manifest_is_decoded_by_it() {
    let Some(bytes) = sample("eventsource-manifest-fffe-1MBbuffers.etl") else { return };
    // The trace header and the manifest itself are all that is left.
    let expected = BTreeMap::from([("None".to_owned(), 2), ("logged by the provider".to_owned(), 11)]);
    assert_eq!(outcomes(&bytes, Schemas::new()), expected);
    // Without looking ahead nothing is known.
    let mut file = open(&bytes);
    let mut decoder = Decoder::new(Schemas::new(), file.header());
    file.file_order().for_each(|record| assert_eq!(decoder.decode(&record).schema, Schema::None));
}
