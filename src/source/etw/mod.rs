//! Event Tracing for Windows: what trace sessions wrote.
//!
//! [`etl`] reads the binary trace files themselves, on any machine, and knows nothing of what the events mean;
//! [`schema`] knows how payloads are laid out, and [`decode`] reads them by that.
//!
//! ```no_run
//! use throughline::source::etw::{decode::Decoder, etl::EtlFile, schema::Schemas};
//!
//! let mut trace = EtlFile::open(std::fs::File::open("trace.etl")?)?;
//! let mut schemas = Schemas::new();
//! schemas.index(&mut trace);
//! let mut decoder = Decoder::new(schemas, trace.header());
//! let mut records = trace.time_order();
//! while let Some(record) = records.next_record() {
//!     let event = decoder.decode(&record);
//!     println!("{} {} {:?}", event.provider, event.event(), event.shown().collect::<Vec<_>>());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod decode;
pub mod etl;
#[doc(hidden)]
pub mod export;
mod map;
mod note;
pub mod schema;
mod source;
#[doc(hidden)]
pub mod system;
#[cfg(test)]
mod tests;

pub use source::SOURCE;
