//! Decoding: against real traces, whose payloads every schema must use up exactly, and on made ones of the events that
//! no trace at hand has.

use std::collections::BTreeMap;

use throughline::fact::Guid;
use throughline::source::etw::decode::{Decoder, Schema};
use throughline::source::etw::etl::ExtendedItem;
use throughline::source::etw::schema::{GivenSchema, Origin, Schemas};

use super::forge::{BASE, Forge, event};
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

/// `u16` units with the NUL.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// What the decoder makes of one CSVFS event of a trace of that build: fields, or why none.
fn csvfs(build: u32, id: u16, payload: &[u8]) -> String {
    let guid = Guid::parse("6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1").unwrap();
    let mut record = event(BASE, id, &[], payload);
    record[24..40].copy_from_slice(&guid.to_windows());
    record[42] = 0;
    let mut forge = Forge::new(64 * 1024);
    forge.begin(true);
    forge.buffer(0, &[record]);
    let mut bytes = forge.finish();
    bytes[72 + 32 + 8..72 + 32 + 12].copy_from_slice(&build.to_le_bytes());
    let mut file = open(&bytes);
    let mut decoder = Decoder::new(Schemas::new(), file.header());
    let mut told = String::new();
    file.file_order().for_each(|record| {
        if record.id().is_some() {
            let event = decoder.decode(&record);
            let fields: Vec<String> = event.shown().map(|(name, value)| format!("{name}={value}")).collect();
            told = match event.schema {
                Schema::Used { ref origin, unterminated } => {
                    let mark = if unterminated { ", unterminated" } else { "" };
                    format!("{} ({origin}{mark}): {}", event.event(), fields.join(", "))
                }
                ref other => format!("{other:?}"),
            };
        }
    });
    told
}

const POINTER: [u8; 8] = 0xFFFF_E001_2345_6010_u64.to_le_bytes();

#[test]
fn the_build_and_the_payload_choose_the_layout() {
    let head = POINTER.repeat(6);
    let tail = [&[9; 24][..], &[0; 32]].concat();
    let name = r"\VMs\a.vhdx";
    let counted = |with_nul: bool| {
        let text = wide(name);
        let length = (name.len() as u16).to_le_bytes();
        [&length[..], &text[..text.len() - usize::from(!with_nul) * 2]].concat()
    };
    let old = [&head[..], &wide(name), &tail].concat();
    let ended = [&head[..], &counted(true), &tail].concat();
    let bare = [&head[..], &counted(false), &tail].concat();
    let has = |told: String, field: &str| assert!(told.contains(field), "{told}");
    has(
        csvfs(8400, 9472, &old),
        r"Fcb=0xFFFFE00123456010, Ccb=0xFFFFE00123456010, FileName=\VMs\a.vhdx, IrpFlags=0x9090909",
    );
    for build in [9200, 9600, 14393, 26100] {
        has(csvfs(build, 9472, &ended), r"FileNameLength=11, FileName=\VMs\a.vhdx, IrpFlags=0x9090909");
        has(csvfs(build, 9472, &bare), r"FileNameLength=11, FileName=\VMs\a.vhdx, IrpFlags=0x9090909");
        // The other family's bytes are no reading of this one's.
        assert_eq!(csvfs(build, 9472, &old), "Misfit", "{build}");
    }
    assert_eq!(csvfs(8400, 9472, &ended), "Misfit");
    // The same id, renumbered at release.
    let lock = [&POINTER.repeat(2)[..], &[0; 20], &[1, 0, 0, 0], &[0; 4]].concat();
    has(csvfs(8400, 8192, &lock), "ByteRangeLockUplevelResume (catalogue): File=");
    assert_eq!(csvfs(9600, 8192, &lock), "Misfit");
}

#[test]
fn what_fits_twice_is_not_claimed() {
    let has = |told: String, field: &str| assert!(told.contains(field), "{told}");
    let volume = [&POINTER[..], &[0xAB; 16]].concat();
    // States of every build, and what later builds append.
    let state = [&volume[..], &[4, 0, 0, 0, 2, 0, 0, 0]].concat();
    for build in [8400, 9600, 20348] {
        has(
            csvfs(build, 8960, &state),
            "(catalogue): Volume=0xFFFFE00123456010, VolumeId={abababab-abab-abab-abab-abababababab}, CurrentState=4 (Active), NewState=2 (Draining)",
        );
    }
    let appended = [&state[..], &wide("77")].concat();
    has(csvfs(20348, 8960, &appended), "(catalogue, types inferred)");
    has(csvfs(20348, 8960, &appended), "NewState=2 (Draining), Appended=370037000000");
    assert_eq!(csvfs(9600, 8960, &appended), "Misfit");
    // Types that were inferred are believed only with values that can be.
    let io = |irp: u64, status: u32| {
        [
            &irp.to_le_bytes()[..],
            &POINTER,
            &status.to_le_bytes(),
            &4096_u64.to_le_bytes(),
            &99_u64.to_le_bytes(),
        ]
        .concat()
    };
    has(
        csvfs(14393, 12336, &io(u64::from_le_bytes(POINTER), 0)),
        "RedirectIoCompleted (catalogue, types inferred): Irp=0xFFFFE00123456010, IrpContext=0xFFFFE00123456010, Status=0x0, Information=0x1000, Duration=99",
    );
    assert_eq!(csvfs(14393, 12336, &io(1, 0)), "Misfit");
    assert_eq!(csvfs(14393, 12336, &io(0, 0x1234_5678)), "Misfit");
    assert_eq!(csvfs(8400, 12336, &io(0, 0)), "None");
    // A name behind eight bytes, or behind sixteen: both use it up.
    let renamed = [&POINTER[..], &wide("abcdVolume1")].concat();
    assert_eq!(csvfs(14393, 9312, &renamed), "Ambiguous");
    // The last text lacks its NUL: shown, and marked.
    let path = &wide("C:")[..4];
    let unended = [&volume[..], &[0; 12], &wide("V"), &wide(""), path].concat();
    has(csvfs(14393, 8704, &unended), "(catalogue, unterminated)");
    has(csvfs(14393, 8704, &unended), "FsTargetPath=C:");
}

#[test]
fn wpp_messages_are_decoded_by_a_tmf() {
    let Some(bytes) = sample("wpp-systemtime-cldflt0.etl") else { return };
    let with = |arguments: &str| {
        let tmf = format!(
            "2818ef08-6a54-396f-2244-5a6ea4a98cf0 made // SRC=made.c\n\
             #typev made_c1 43 \"%0of %10!p! and %11!d!\" // LEVEL=INFO FUNC=F\n{{\n{arguments}\n}}\n"
        );
        outcomes(&bytes, Schemas::given(&[GivenSchema::read("made.tmf", tmf.as_bytes()).unwrap()]))
    };
    let fitting = with("A, ItemPtr -- 10\nB, ItemLongLong -- 11\nC, ItemLong -- 12");
    assert_eq!(fitting.get("made.tmf"), Some(&13), "{fitting:?}");
    let other = with("A, ItemPtr -- 10\nB, ItemLong -- 11");
    assert_eq!((other.get("made.tmf"), other.get("Misfit")), (None, Some(&13)), "{other:?}");
}

#[test]
fn damage_costs_no_more_than_what_it_hits() {
    let names = [
        "compressed-tracelogging-struct.etl",
        "tracelogging-circular-waasmedic.etl",
        "tracelogging-lxcore-group-trait-tags.etl",
        "tracelogging-primitive-types.etl",
    ];
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for name in names {
        let Some(bytes) = sample(name) else { return };
        for _ in 0..150 {
            let mut damaged = bytes.clone();
            for _ in 0..8 {
                let at = 600 + random(damaged.len() - 600);
                damaged[at] ^= 1 << random(8);
            }
            let mut file = open(&damaged);
            let mut schemas = Schemas::new();
            schemas.index(&mut file);
            let mut decoder = Decoder::new(schemas, file.header());
            file.file_order().for_each(|record| {
                let length = record.payload().map_or(0, <[u8]>::len);
                let event = decoder.decode(&record);
                let shown = event.shown().count();
                assert!(shown <= length + 2048 && event.fields().count() == shown);
                let _ = event.message();
            });
        }
    }
}
