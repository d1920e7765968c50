//! `fltmc` (`fltmc filters`) and `fltmc instances`: which minifilters a node has, and on which volumes.
//!
//! The tables as Windows prints them in English; a legacy filter has no instances and `<Legacy>` as its frame, an
//! instance without a volume name is only a sign that the filter is there. Whether a filter is safe for Cluster
//! Shared Volumes is not decided here.

use super::{Cmdlet, Scope};
use crate::fact::{Claim, FilterClaim, FilterRef};
use crate::source::snapshot::object::Object;

pub(super) const FILTERS: Cmdlet = Cmdlet {
    name: "fltmc filters",
    types: &[],
    fits: |object| object.has_all(&["Filter Name", "Altitude", "Frame"]),
    file: "fltmc",
    decisive: &["Filter Name", "Num Instances", "Altitude", "Frame"],
    scope: Scope::Node,
    says: |object, said| {
        let Some(filter) = object.text("Filter Name").map(FilterRef::new) else { return };
        let instances = object.number("Num Instances").and_then(|number| u32::try_from(number).ok());
        said.claim(Claim::Filter(filter, FilterClaim::Registered { instances, altitude: altitude(object) }));
    },
};

pub(super) const INSTANCES: Cmdlet = Cmdlet {
    name: "fltmc instances",
    types: &[],
    fits: |object| object.has_all(&["Filter", "Altitude", "Instance Name"]),
    file: "fltmcinstances",
    decisive: &["Filter", "Volume Name", "Altitude", "Instance Name", "Frame"],
    scope: Scope::Node,
    says: |object, said| {
        let Some(filter) = object.text("Filter").map(FilterRef::new) else { return };
        let altitude = altitude(object);
        let claim = match object.text("Volume Name") {
            Some(volume) => FilterClaim::Attached { volume: volume.to_owned(), altitude },
            None => FilterClaim::Registered { instances: None, altitude },
        };
        said.claim(Claim::Filter(filter, claim));
    },
};

/// The altitude as printed; a cell that holds anything else comes from a row pushed out of its columns.
fn altitude(object: &Object) -> Option<String> {
    let text = object.text("Altitude")?;
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, FilterClaim, FilterRef};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const TABLE: &str = "
Filter Name                     Num Instances    Altitude    Frame
------------------------------  -------------  ------------  -----
oldwatch                                                    <Legacy>
CsvNSFlt                                1       404900         0
quickrep                                4       385250.5       0
";

    fn registered(name: &str, instances: Option<u32>, altitude: Option<&str>) -> Claim {
        let claim = FilterClaim::Registered { instances, altitude: altitude.map(str::to_owned) };
        Claim::Filter(FilterRef::new(name), claim)
    }

    fn filters() -> [Claim; 3] {
        [
            registered("oldwatch", None, None),
            registered("CsvNSFlt", Some(1), Some("404900")),
            registered("quickrep", Some(4), Some("385250.5")),
        ]
    }

    #[test]
    fn filter_table() {
        check("fltmc filters", &[TABLE], &filters());
    }

    #[test]
    fn lines_of_the_tool_inside_xml_and_json() {
        let strings: String =
            TABLE.lines().map(|line| format!("<S>{}</S>\n  ", line.replace('<', "&lt;"))).collect();
        check("fltmc filters", &[strings.trim()], &filters());
        let strings: Vec<String> = TABLE.lines().map(|line| format!("\"{line}\"")).collect();
        check("fltmc filters", &[&format!("[{}]", strings.join(","))], &filters());
        let text = objs(
            &TABLE
                .lines()
                .map(|line| format!("<S>{}</S>\n  ", line.replace('<', "&lt;")))
                .collect::<String>(),
        );
        let reading = read_bytes(Syntax::Clixml, "FLTMC.XML", text.as_bytes());
        let place = reading.facts[1].origin.offset as usize;
        assert!(text[place..].starts_with("<S>CsvNSFlt"));
    }

    #[test]
    fn instances_table() {
        let table = "
Filter                Volume Name                              Altitude        Instance Name       Frame   SprtFtrs  VlStatus
--------------------  -------------------------------------  ------------  ----------------------  -----   --------  --------
CsvNSFlt              C:                                        404900     CsvNSFlt Instance         0     00000000
quickrep              \\Device\\Mup                             385250.5     quickrep Instance         0     00000003
quickrep              C:\\ClusterStorage\\Gold 1                385250.5     quickrep Instance         0     00000003
FileInfo                                                         40500     FileInfo                  0     0000000f
";
        let attached = |name: &str, volume: &str, altitude: &str| {
            let claim =
                FilterClaim::Attached { volume: volume.to_owned(), altitude: Some(altitude.to_owned()) };
            Claim::Filter(FilterRef::new(name), claim)
        };
        let expect = [
            attached("CsvNSFlt", "C:", "404900"),
            attached("quickrep", "\\Device\\Mup", "385250.5"),
            attached("quickrep", "C:\\ClusterStorage\\Gold 1", "385250.5"),
            registered("FileInfo", None, Some("40500")),
        ];
        check("fltmc instances", &[table], &expect);
    }
}
