//! Microsoft-Windows-FailoverClustering-CsvFlt-Diagnostic: the filter on the coordinator that lets nodes go to
//! the disk directly, or says which other filter forbade it for a file.
//!
//! Its ids collide with those of CsvFs and of the cluster service (9216, 8704, 5120): the provider decides.
//! Positions as in the message tables of 2012 to 2019; the field names are not published.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, FilterClaim, FilterRef};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-FailoverClustering-CsvFlt-Diagnostic"],
    guid: "151d3c03-e442-4c4f-af20-bd48ff41f793",
    rows: &[ROWS],
    known: super::known::CSVFLT,
};

const ROWS: &[Row] = &[row(
    9216,
    "veto",
    &[
        ("First", ""),
        ("Second", ""),
        ("Third", ""),
        ("Fourth", ""),
        ("File", r"\VMs\vm1\disk0.vhdx"),
        ("Sixth", ""),
        ("Seventh", ""),
        ("AltitudeWhole", "280700"),
        ("AltitudeFraction", "0"),
        ("Reason", "5"),
    ],
    r"Filter(FilterRef { name: '' }, Vetoed { altitude: '280700', file: '\VMs\vm1\disk0.vhdx', reason: '5' })",
    veto,
)];

/// The altitude is printed in two parts; without a fraction it is written as `fltmc` writes it.
fn veto(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let (whole, fraction) = (f.filled("AltitudeWhole")?, f.text("AltitudeFraction")?);
    let altitude = if fraction.bytes().all(|b| b == b'0') { whole } else { format!("{whole}.{fraction}") };
    let claim = FilterClaim::Vetoed { altitude, file: f.filled("File")?, reason: f.text("Reason")? };
    Some(vec![Claim::Filter(FilterRef::new(""), claim)])
}
