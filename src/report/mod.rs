//! The outputs: pure functions from a report to bytes. Quotes come through a function handed in.
