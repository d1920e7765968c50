//! Event trace files (`.etl`), read without Windows.
//!
//! Answers: what a trace session wrote, record by record, with time in UTC; what the session says of itself; what was
//! lost or could not be read. Refuses to know what a record means: payloads are handed out as bytes, with the extended
//! items that describe them.
//!
//! A trace is a row of buffers, each of one processor, each with a 72-byte header and records in time order. The
//! first record of the first buffer describes the trace. A pass gives records [as they lie](EtlFile::file_order) or
//! [merged into one order of time](EtlFile::time_order). Damage never ends a pass: it is [counted](Tally), and reading
//! goes on at the next buffer. Nothing is ever allocated beyond the size of a buffer, which is capped at the 16 MiB that
//! Windows allows.
//!
//! ```no_run
//! use throughline::source::etw::etl::EtlFile;
//!
//! let mut trace = EtlFile::open(std::fs::File::open("trace.etl")?)?;
//! println!("Windows build {}", trace.header().os_build);
//! let mut records = trace.time_order();
//! while let Some(record) = records.next_record() {
//!     println!("{:?} {:?} {:?}", record.time(), record.provider(), record.id());
//! }
//! println!("{} bytes skipped", records.tally().skipped_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod buffer;
mod buffers;
mod bytes;
mod clock;
mod expand;
mod file;
mod file_order;
mod header;
mod index;
mod place;
mod position;
mod record;
mod run;
mod source;
mod tally;
mod time_order;
mod walk;
mod xpress;

pub use buffer::BufferHeader;
pub use buffers::{Buffer, Buffers};
pub use clock::{Clock, ClockType, utc_ns_of_filetime};
pub use file::{EtlFile, OpenError, sniff};
pub use file_order::FileOrder;
pub use header::{LogFileMode, LogHeader, TimeZone, ZoneChange};
pub use place::Place;
pub use record::{EtlRecord, ExtendedItem, ExtendedItems, LOST_EVENT, RecordKind, class_of_group};
pub use source::{ByteSource, Forward};
pub use tally::{Damage, DamageCount, Losses, Tally};
pub use time_order::TimeOrder;
pub use xpress::{XpressError, decompress};
