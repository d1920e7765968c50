//! Explains, offline, why a virtual machine's storage traffic went through the coordinator of a Cluster
//! Shared Volume: who owned the volume when, in which I/O mode each node was and why, where each VM ran.
//!
//! ```text
//! bundle -> source/<format> -> fact -> clock -> timeline -> route -> case -> rule -> report
//!                          \______________________ ledger ______________________/
//! ```
//!
//! # From a bundle to diagnoses
//!
//! ```
//! use throughline::analysis::{Options, analyze};
//! use throughline::bundle::{self, Bundle};
//!
//! let bundle = Bundle::open(&["samples/refs-two-node".into()], &bundle::Options::default());
//! let analysis = analyze(&bundle, &Options::default());
//!
//! // Diagnoses, gravest first. Each cites facts, and each fact knows the bytes that it was read from.
//! for finding in &analysis.judgement.findings {
//!     println!("{}: {}", finding.verdict.word(), finding.title);
//!     for evidence in &finding.span.evidence {
//!         let origin = analysis.case.fact(evidence.fact).fact.origin;
//!         println!("  {}", analysis.case.inputs[origin.input.0 as usize].path);
//!     }
//! }
//! // What could not be told, and the command that would settle it.
//! for open in &analysis.judgement.not_judged {
//!     println!("{}: {}", open.rule, open.missing);
//! }
//! assert_eq!(analysis.judgement.findings[0].rule, "refs");
//! ```
//!
//! # Timelines and routes
//!
//! ```
//! use throughline::analysis::{Options, analyze};
//! use throughline::bundle::{self, Bundle};
//! use throughline::case::RouteKind;
//!
//! let bundle = Bundle::open(&["samples/san-path-loss".into()], &bundle::Options::default());
//! let case = analyze(&bundle, &Options::default()).case;
//!
//! for volume in &case.volumes {
//!     for piece in &volume.coordinator.pieces {
//!         println!("{} {:?}: {:?}, {:?}", volume.label(), piece.span.from, piece.value, piece.span.certainty);
//!     }
//! }
//! assert!(case.routes.iter().any(|route| route.route == RouteKind::ViaCoordinatorBlock));
//! ```
//!
//! # A report
//!
//! ```
//! use throughline::analysis::{Options, analyze, quotes};
//! use throughline::bundle::{self, Bundle};
//! use throughline::report::{Format, Report, Scope, Style};
//!
//! let bundle = Bundle::open(&["samples/refs-two-node".into()], &bundle::Options::default());
//! let analysis = analyze(&bundle, &Options::default());
//! let report = Report::new(&analysis.case, analysis.judgement, Scope::default());
//! // Quotes are fetched from the inputs for what this format shows.
//! let origins = report.origins(Format::Text.reach());
//! let text = report.quoting(quotes(&bundle, &origins)).render(Format::Text, Style::PLAIN);
//! assert!(String::from_utf8(text)?.contains("ReFS"));
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```
//!
//! # A trace alone
//!
//! ```
//! use throughline::source::etw::{decode::Decoder, etl::EtlFile, schema::Schemas};
//!
//! let mut trace = EtlFile::open(std::fs::File::open("samples/csvfs-trace/CEDAR1/csv_trace.etl")?)?;
//! let mut schemas = Schemas::new();
//! schemas.index(&mut trace);
//! let mut decoder = Decoder::new(schemas, trace.header());
//! let mut records = trace.time_order();
//! let mut names = std::collections::BTreeSet::new();
//! while let Some(record) = records.next_record() {
//!     names.insert(decoder.decode(&record).provider.to_string());
//! }
//! assert!(names.contains("Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic"), "{names:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//!
//! The items on these pages follow semantic versioning. Modules that are public for the program and its tests alone are not
//! on these pages and may change at any time.

pub mod fact;

pub mod ledger;

pub mod bundle;

pub mod source;

#[doc(hidden)]
pub mod clock;

pub mod timeline;

#[doc(hidden)]
pub mod route;

pub mod case;

#[doc(hidden)]
pub mod assemble;

#[doc(hidden)]
pub mod words;

#[doc(hidden)]
pub mod detour;

pub mod finding;

#[doc(hidden)]
pub mod cause;

pub mod rule;

pub mod report;

pub mod analysis;

#[doc(hidden)]
pub mod advice;

#[doc(hidden)]
pub mod what_if;

#[doc(hidden)]
pub mod compare;

#[doc(hidden)]
pub mod collect;

#[doc(hidden)]
pub mod simulate;

#[cfg(test)]
mod fixture;
