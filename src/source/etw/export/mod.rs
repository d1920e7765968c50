//! Traces that somebody else's tool has already turned into text: `tracerpt -of CSV`, `tracerpt -of XML`, the text of
//! `xperf`. One file a form; all give the same exported events to the one fold of `source::event`.
//!
//! What a form drops is put back only where the shipped schemas know it: a provider's GUID by its name, the names and
//! types of fields by position, payloads in hexadecimal by the layout of the build. Nobody here knows the machine that
//! logged: a trace does not name it, and a converter puts down its own.
//!
//! | form | drops | and so |
//! |---|---|---|
//! | tracerpt comma-separated | provider GUID, field names, time zone, where in time events were lost | put back by the tables; all figures are lower bounds once anything was lost |
//! | tracerpt XML | time zone, where in time events were lost | as above |
//! | xperf text | event id and version, opcode and keywords, times below a microsecond | events with the same task, opcode and fields (12320, 12336) stay unknown: no traffic by path |

mod cells;
mod event;
mod note;
mod source;
#[cfg(test)]
mod tests;
mod tracerpt_csv;
mod tracerpt_xml;
mod xml;
mod xperf;

pub use tracerpt_csv::SOURCE as TRACERPT_CSV;
pub use tracerpt_xml::SOURCE as TRACERPT_XML;
pub use xperf::SOURCE as XPERF;
