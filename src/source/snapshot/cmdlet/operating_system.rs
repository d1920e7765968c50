//! `Win32_OperatingSystem`: a node's Windows, its offset from UTC, and the moment of the dump by its clock.
//!
//! `CurrentTimeZone` is minutes ahead of UTC, daylight saving included; Windows' bias is its negative.
//! `LocalDateTime` is taken only where it carries its offset: text in a console's own date format is not guessed.

use super::super::time;
use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef, Stamp};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Win32_OperatingSystem",
    types: &[("", "Win32_OperatingSystem")],
    fits: |object| {
        object.has("BuildNumber")
            && ["Caption", "CSName", "OSArchitecture"].iter().any(|name| object.has(name))
            || object.has_all(&["CurrentTimeZone", "LocalDateTime"])
    },
    file: "operatingsystem",
    decisive: &["CSName", "PSComputerName", "Caption", "BuildNumber", "CurrentTimeZone", "LocalDateTime"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["CSName", "PSComputerName", "__SERVER"]);
    let node = NodeRef { name: said.own.clone(), number: None };
    if let Some(build) = object.number("BuildNumber").and_then(|build| u32::try_from(build).ok()) {
        said.claim(Claim::Node(node.clone(), NodeClaim::OsBuild(build)));
    }
    if let Some(caption) = object.text("Caption") {
        said.claim(Claim::Node(node, NodeClaim::OsName(caption.to_owned())));
    }
    if let Some(ahead) = object.number("CurrentTimeZone").filter(|ahead| (-14 * 60..=14 * 60).contains(ahead))
    {
        said.claim(Claim::Clock(ClockClaim::Bias { minutes: -(ahead as i32) }));
    }
    if let Some(nanos) = object.text("LocalDateTime").and_then(time::utc) {
        let stamp = Stamp::utc(nanos);
        if stamp != Stamp::Missing {
            said.claims.push((stamp, Claim::Clock(ClockClaim::SnapshotTaken)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef, Stamp};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const CLIXML: &str = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_OperatingSystem</T></TN><Props><S N="Caption">Microsoft Windows Server 2012 R2 Datacenter</S><S N="CSName">HV-A</S><I16 N="CurrentTimeZone">120</I16><DT N="LocalDateTime">2024-05-01T12:00:00+02:00</DT><S N="BuildNumber">9600</S></Props></Obj>"#;

    fn expect() -> [Claim; 4] {
        let node = NodeRef::named("hv-a");
        [
            Claim::Node(node.clone(), NodeClaim::OsBuild(9600)),
            Claim::Node(node, NodeClaim::OsName("Microsoft Windows Server 2012 R2 Datacenter".into())),
            Claim::Clock(ClockClaim::Bias { minutes: -120 }),
            Claim::Clock(ClockClaim::SnapshotTaken),
        ]
    }

    #[test]
    fn every_syntax() {
        let json = r#"{"Caption":"Microsoft Windows Server 2012 R2 Datacenter","CSName":"HV-A","CurrentTimeZone":120,"LocalDateTime":"\/Date(1714557600000)\/","BuildNumber":"9600"}"#;
        let list = "Caption         : Microsoft Windows Server 2012 R2 Datacenter\nCSName          : HV-A\nCurrentTimeZone : 120\nLocalDateTime   : 20240501120000.000000+120\nBuildNumber     : 9600\n";
        check("Win32_OperatingSystem", &[CLIXML, json, list], &expect());
        let reading = read_bytes(Syntax::Clixml, "x", objs(CLIXML).as_bytes());
        assert_eq!(reading.node, Some("hv-a".into()));
        assert_eq!(reading.facts[3].stamp, Stamp::Utc(1_714_557_600_000_000_000));
        assert_eq!(reading.facts[0].stamp, Stamp::Collected);
    }

    #[test]
    fn a_date_in_some_console_format_is_no_time() {
        let list = "Caption       : Microsoft Windows Server 2012 R2 Datacenter\nCSName        : HV-A\nLocalDateTime : 5/1/2024 12:00:00 PM\nBuildNumber   : 9600\n";
        check("Win32_OperatingSystem", &[list], &expect()[..2]);
    }
}
