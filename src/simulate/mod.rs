//! A cluster with a known truth, written out as a bundle. Imports no reader.

mod log;
mod write;
