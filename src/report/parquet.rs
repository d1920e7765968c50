//! The report as four tables for data frames and SQL: `facts.parquet`, `spans.parquet`, `routes.parquet` and
//! `findings.parquet`, which name one another by number.
//!
//! | column | is |
//! |---|---|
//! | `spans.span` | the number of a span; `routes.span` and `findings.span` name it |
//! | `facts.fact` | the number of a fact; the lists `spans.facts` name them, each with its role in `spans.roles` |
//! | `findings.finding` | the number of a finding, gravest first; the lists `routes.findings` name them |
//!
//! Instants are `TIMESTAMP` in nanoseconds of UTC, words that recur are dictionary strings, null is unknown. A fact
//! has its text where something cites it.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StringDictionaryBuilder, UInt32Builder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray, UInt32Array,
    UInt64Array,
};
use arrow_schema::{ArrowError, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::spans::{Kind, Row, rows};
use super::{Report, quote};
use crate::case::Placed;
use crate::fact::{Claim, Instant, Place};

/// As `--format` spells it.
pub const WORD: &str = "parquet";

/// Name and version of the tables, in the metadata of each file under the key `throughline`.
pub const SCHEMA: &str = "throughline/tables/1";

/// The files, in the order of [`render`].
pub const FILES: [&str; 4] = ["facts.parquet", "spans.parquet", "routes.parquet", "findings.parquet"];

/// The four files by name.
///
/// # Errors
/// The writer failed, which it does only on tables that no Parquet file can hold.
pub fn render(report: &Report<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let rows = rows(report);
    let tables = [facts(report), spans(report, &rows), routes(report, &rows), findings(report, &rows)];
    let written = FILES.into_iter().zip(tables).map(|(name, table)| Ok((name, table.written()?)));
    written.collect::<Result<_, ParquetError>>().map_err(|error| error.to_string())
}

/// A table under construction, column by column.
#[derive(Default)]
struct Table {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl Table {
    fn column(&mut self, name: &str, values: ArrayRef) {
        self.fields.push(Field::new(name, values.data_type().clone(), true));
        self.columns.push(values);
    }

    /// Numbers of rows, here or elsewhere.
    fn ids(&mut self, name: &str, values: impl Iterator<Item = Option<usize>>) {
        let values = values.map(|at| at.and_then(|at| u32::try_from(at).ok()));
        self.column(name, Arc::new(UInt32Array::from_iter(values)));
    }

    fn counts(&mut self, name: &str, values: impl Iterator<Item = Option<u64>>) {
        self.column(name, Arc::new(UInt64Array::from_iter(values)));
    }

    fn flags(&mut self, name: &str, values: impl Iterator<Item = Option<bool>>) {
        self.column(name, Arc::new(BooleanArray::from_iter(values)));
    }

    /// What nothing dates has no time.
    fn times(&mut self, name: &str, values: impl Iterator<Item = Option<Instant>>) {
        let values = values.map(|at| at.filter(|at| !at.is_undated()).map(|at| at.0));
        let values = TimestampNanosecondArray::from_iter(values).with_timezone("UTC");
        self.column(name, Arc::new(values));
    }

    /// Strings that recur.
    fn words<T: AsRef<str>>(&mut self, name: &str, values: impl Iterator<Item = Option<T>>) {
        let mut words = StringDictionaryBuilder::<Int32Type>::new();
        values.for_each(|word| words.append_option(word));
        self.column(name, Arc::new(words.finish()));
    }

    /// Strings that do not recur.
    fn texts(&mut self, name: &str, values: impl Iterator<Item = Option<String>>) {
        self.column(name, Arc::new(StringArray::from_iter(values)));
    }

    fn id_lists(&mut self, name: &str, values: impl Iterator<Item = Vec<u32>>) {
        let mut lists = ListBuilder::new(UInt32Builder::new());
        for list in values {
            lists.values().append_slice(&list);
            lists.append(true);
        }
        self.column(name, Arc::new(lists.finish()));
    }

    fn text_lists<T: AsRef<str>>(&mut self, name: &str, values: impl Iterator<Item = Vec<T>>) {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for list in values {
            list.iter().for_each(|text| lists.values().append_value(text));
            lists.append(true);
        }
        self.column(name, Arc::new(lists.finish()));
    }

    fn written(self) -> Result<Vec<u8>, ParquetError> {
        let schema = Arc::new(Schema::new(self.fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), self.columns)
            .map_err(|error: ArrowError| ParquetError::External(Box::new(error)))?;
        let about = KeyValue::new("throughline".to_owned(), SCHEMA.to_owned());
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(vec![about]))
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
        writer.write(&batch)?;
        writer.into_inner()
    }
}

/// All facts, in their order; place and text of the first origin.
fn facts(report: &Report<'_>) -> Table {
    let facts = &report.case.facts;
    let each = || facts.iter().map(|placed: &Placed| &placed.fact);
    let input = |id| report.case.inputs.iter().find(|input| input.id == id);
    let mut table = Table::default();
    table.ids("fact", (0..facts.len()).map(Some));
    table.times("time", facts.iter().map(|placed| placed.moment.map(|moment| moment.at)));
    let spread = facts.iter().map(|placed| placed.moment.map(|moment| moment.spread));
    table.column("spread_ns", Arc::new(Int64Array::from_iter(spread)));
    table.words("node", each().map(|fact| fact.reporter.as_ref().map(ToString::to_string)));
    table.words("subject", each().map(|fact| Some(subject(&fact.claim))));
    table.words("claim", each().map(|fact| Some(statement(&fact.claim))));
    // Inputs are few, and each is looked up once for all facts of a run.
    let mut last = None;
    let paths = each().map(|fact| {
        let id = fact.origin.input;
        if last.as_ref().is_none_or(|(known, _)| *known != id) {
            last = Some((id, input(id).map(|input| input.path.clone())));
        }
        last.as_ref().and_then(|(_, path)| path.clone())
    });
    table.words("input", paths);
    let place = |place: Place| match place {
        Place::Line(line) => ("line", Some(line)),
        Place::Record(record) => ("record", Some(record)),
        Place::Offset => ("offset", None),
    };
    table.words("place", each().map(|fact| Some(place(fact.origin.place).0)));
    table.counts("number", each().map(|fact| place(fact.origin.place).1));
    table.counts("offset", each().map(|fact| Some(fact.origin.offset)));
    table.texts("text", each().map(|fact| report.quote(fact.origin).map(quote::full)));
    table
}

fn subject(claim: &Claim) -> &'static str {
    match claim {
        Claim::Volume(..) => "volume",
        Claim::Vm(..) => "vm",
        Claim::Node(..) => "node",
        Claim::Disk(..) => "disk",
        Claim::Group(..) => "group",
        Claim::Resource(..) => "resource",
        Claim::Network(..) => "network",
        Claim::Filter(..) => "filter",
        Claim::Cluster(..) => "cluster",
        Claim::Clock(..) => "clock",
        Claim::Traffic(..) => "traffic",
    }
}

/// What is said of the subject, by the statement's name: `Coordinator`, `Mode`.
fn statement(claim: &Claim) -> String {
    let mut name = Name(String::new());
    // An error only says that the name is over.
    let _ = match claim {
        Claim::Volume(_, said) => write!(name, "{said:?}"),
        Claim::Vm(_, said) => write!(name, "{said:?}"),
        Claim::Node(_, said) => write!(name, "{said:?}"),
        Claim::Disk(_, said) => write!(name, "{said:?}"),
        Claim::Group(_, said) => write!(name, "{said:?}"),
        Claim::Resource(_, said) => write!(name, "{said:?}"),
        Claim::Network(_, said) => write!(name, "{said:?}"),
        Claim::Filter(_, said) => write!(name, "{said:?}"),
        Claim::Cluster(said) => write!(name, "{said:?}"),
        Claim::Clock(said) => write!(name, "{said:?}"),
        Claim::Traffic(said) => write!(name, "{:?}", said.path),
    };
    name.0
}

/// Takes a name and refuses what follows it.
struct Name(String);

impl fmt::Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.find(|c: char| !c.is_alphanumeric());
        self.0.push_str(&text[..end.unwrap_or(text.len())]);
        if end.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Every span of every kind.
fn spans(report: &Report<'_>, rows: &[Row<'_>]) -> Table {
    let mut table = Table::default();
    table.ids("span", (0..rows.len()).map(Some));
    table.words("kind", rows.iter().map(|row| Some(row.kind.word())));
    ends(&mut table, rows.iter());
    names(&mut table, report, rows.iter());
    table.words("node", rows.iter().map(|row| row.node.as_ref()));
    table.words("value", rows.iter().map(|row| row.value.as_ref()));
    table.text_lists("rules", rows.iter().map(|row| row.rules.clone()));
    let cited = |row: &Row<'_>| row.span.evidence.iter().map(|cited| cited.fact.0).collect();
    table.id_lists("facts", rows.iter().map(cited));
    let roles = |row: &Row<'_>| row.span.evidence.iter().map(|cited| cited.role.word()).collect();
    table.text_lists("roles", rows.iter().map(roles));
    table
}

fn ends<'r, 'a: 'r>(table: &mut Table, rows: impl Iterator<Item = &'r Row<'a>> + Clone) {
    table.times("from", rows.clone().map(|row| row.span.from));
    table.times("to", rows.clone().map(|row| row.span.to));
    table.words("certainty", rows.map(|row| Some(row.span.certainty.word())));
}

/// Volume, VM and disk; names may recur, ids do not.
fn names<'r, 'a: 'r>(
    table: &mut Table,
    report: &Report<'_>,
    rows: impl Iterator<Item = &'r Row<'a>> + Clone,
) {
    let (volumes, vms) = (&report.case.volumes, &report.case.vms);
    table.words("volume", rows.clone().map(|row| row.volume.as_ref()));
    table.words("volume_id", rows.clone().map(|row| Some(volumes.get(row.volume_at?)?.id())));
    table.words("vm", rows.clone().map(|row| row.vm.as_ref()));
    let vm_id = |row: &Row<'_>| {
        let vm = vms.get(row.vm_at?)?;
        Some(vm.id.map_or_else(|| vm.label(), |id| id.to_string()))
    };
    table.words("vm_id", rows.clone().map(vm_id));
    table.words("disk", rows.map(|row| row.disk));
}

fn of_kind<'r, 'a>(
    rows: &'r [Row<'a>],
    kind: Kind,
) -> impl Iterator<Item = (usize, &'r Row<'a>)> + Clone + use<'r, 'a> {
    rows.iter().enumerate().filter(move |(_, row)| row.kind == kind)
}

/// The way of each disk's I/O, and the bytes that were measured on it.
fn routes(report: &Report<'_>, rows: &[Row<'_>]) -> Table {
    let numbered = || of_kind(rows, Kind::Route);
    let each = || numbered().map(|(_, row)| row);
    let mut table = Table::default();
    table.ids("span", numbered().map(|(at, _)| Some(at)));
    ends(&mut table, each());
    names(&mut table, report, each());
    table.words("node", each().map(|row| row.node.as_ref()));
    table.words("coordinator", each().map(|row| row.coordinator.map(ToString::to_string)));
    table.words("route", each().map(|row| row.value.as_ref()));
    table.text_lists("missing", report.routes().map(|(_, route)| route.missing.clone()));
    table.counts("bytes_read", each().map(|row| row.bytes.map(|bytes| bytes.read)));
    table.counts("bytes_written", each().map(|row| row.bytes.map(|bytes| bytes.written)));
    table.counts("bytes_undirected", each().map(|row| row.bytes.map(|bytes| bytes.undirected)));
    table.flags("bytes_lossy", each().map(|row| row.bytes.map(|bytes| bytes.lossy)));
    table.words("bytes_source", each().map(|row| row.bytes.map(|bytes| bytes.source)));
    let causes = |row: &Row<'_>| row.causes.iter().filter_map(|&at| u32::try_from(at).ok()).collect();
    table.id_lists("findings", each().map(causes));
    table
}

/// The diagnoses.
fn findings(report: &Report<'_>, rows: &[Row<'_>]) -> Table {
    let findings = &report.findings;
    let mut table = Table::default();
    table.ids("finding", (0..findings.len()).map(Some));
    table.ids("span", of_kind(rows, Kind::Finding).map(|(at, _)| Some(at)));
    ends(&mut table, of_kind(rows, Kind::Finding).map(|(_, row)| row));
    table.words("rule", findings.iter().map(|finding| Some(finding.rule)));
    table.words("verdict", findings.iter().map(|finding| Some(finding.verdict.word())));
    table.texts("title", findings.iter().map(|finding| Some(finding.title.clone())));
    table.texts("claim", findings.iter().map(|finding| Some(finding.claim.clone())));
    let volumes = |at: &usize| report.case.volumes.get(*at).map(|volume| volume.id());
    let each = findings.iter().map(|finding| finding.subjects.volumes.iter().filter_map(volumes).collect());
    table.text_lists("volume_ids", each);
    let vms =
        |at: &usize| report.case.vms.get(*at).map(|vm| vm.id.map_or_else(|| vm.label(), |id| id.to_string()));
    let each = findings.iter().map(|finding| finding.subjects.vms.iter().filter_map(vms).collect());
    table.text_lists("vm_ids", each);
    let nodes = findings.iter().map(|finding| &finding.subjects.nodes);
    table.text_lists("nodes", nodes.map(|nodes| nodes.iter().map(ToString::to_string).collect()));
    table.text_lists("next_steps", findings.iter().map(|finding| finding.next_steps.clone()));
    table
}
