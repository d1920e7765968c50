//! Event Tracing for Windows: what trace sessions wrote.
//!
//! [`etl`] reads the binary trace files themselves, on any machine, and knows nothing of what the events mean.

pub mod etl;
