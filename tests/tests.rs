//! All integration tests, one module an area.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[cfg(unix)]
mod browse;
mod browser;
mod bundle;
mod cli;
mod etl;
mod evtx;
#[cfg(unix)]
mod faults;
mod hostile;
mod junit;
mod mutations;
mod pack;
mod pages;
mod perfetto;
mod records;
mod samples;
mod stories;
mod tidy;
mod traces;
mod truth;
mod what_if;
