//! `Get-Disk`: the number, GUID and bus of each disk as one node sees them. The GUID is the `DiskIdGuid` of the
//! Physical Disk resource, which ties a node's disk number to a cluster disk.
//!
//! Bus numbers: `BusType` of MSFT_Disk; the words are those that Windows prints.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, DiskClaim, DiskRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-Disk",
    types: &[("", "MSFT_Disk")],
    fits: |object| {
        let number = object.has("Number") || object.has("DiskNumber");
        number && !object.has("VMName") && (object.has("BusType") || object.has("PartitionStyle"))
    },
    file: "getdisk",
    decisive: &["Number", "DiskNumber", "FriendlyName", "Guid", "BusType", "PSComputerName"],
    scope: Scope::Node,
    says,
};

const BUSES: &[(i64, &str)] = &[
    (1, "SCSI"),
    (2, "ATAPI"),
    (3, "ATA"),
    (4, "1394"),
    (5, "SSA"),
    (6, "Fibre Channel"),
    (7, "USB"),
    (8, "RAID"),
    (9, "iSCSI"),
    (10, "SAS"),
    (11, "SATA"),
    (12, "SD"),
    (13, "MMC"),
    (15, "File Backed Virtual"),
    (16, "Spaces"),
    (17, "NVMe"),
];

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["PSComputerName"]);
    let bus = object.word("BusType", BUSES).map(|bus| match bus.as_str() {
        "Storage Spaces" => "Spaces".to_owned(),
        _ => bus,
    });
    let number = object.number("Number").or_else(|| object.number("DiskNumber"));
    let space = bus.as_deref() == Some("Spaces");
    let disk = DiskRef {
        number: number.and_then(|number| u32::try_from(number).ok()),
        id: object.guid("Guid"),
        // The disk of a Storage Space bears the virtual disk's name; another disk bears its model's.
        friendly: object.name("FriendlyName").filter(|_| space),
        ..DiskRef::default()
    };
    if disk.number.is_none() && disk.id.is_none() {
        return;
    }
    match bus.filter(|bus| bus != "Unknown" && bus != "0") {
        Some(bus) => said.claim(Claim::Disk(disk, DiskClaim::BusType(bus))),
        None if disk.id.is_some() && disk.number.is_some() => said.claim(Claim::Disk(disk, DiskClaim::Named)),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, DiskClaim, DiskRef, Guid};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const GUID: &str = "c4d5e6f7-0819-4a2b-8c3d-4e5f60718293";

    fn disk(friendly: Option<&str>) -> DiskRef {
        DiskRef {
            number: Some(3),
            id: Guid::parse(GUID),
            friendly: friendly.map(Into::into),
            ..DiskRef::default()
        }
    }

    fn clixml(bus: &str) -> String {
        format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Disk</T></TN><Props>{bus}<S N="FriendlyName">Mirror1</S><S N="Guid">{{{GUID}}}</S><U32 N="Number">3</U32></Props><MS><S N="PSComputerName">hv-a.lab.example</S></MS></Obj>"#
        )
    }

    #[test]
    fn every_syntax() {
        let expect = [Claim::Disk(disk(None), DiskClaim::BusType("SAS".into()))];
        let json = format!(r#"{{"BusType":10,"FriendlyName":"M","Guid":"{{{GUID}}}","Number":3}}"#);
        let list =
            format!("Number       : 3\nFriendlyName : M\nGuid         : {{{GUID}}}\nBusType      : SAS\n");
        let word = clixml(r#"<S N="BusType">SAS</S>"#);
        check("Get-Disk", &[&clixml(r#"<U16 N="BusType">10</U16>"#), &word, &json, &list], &expect);
        let reading = read_bytes(Syntax::Clixml, "x", objs(&word).as_bytes());
        assert_eq!(
            (reading.node.as_ref(), reading.facts[0].reporter.as_ref()),
            (Some(&"hv-a".into()), Some(&"hv-a".into()))
        );
    }

    #[test]
    fn spaces_bear_their_name() {
        let expect = [Claim::Disk(disk(Some("Mirror1")), DiskClaim::BusType("Spaces".into()))];
        check("Get-Disk", &[&clixml(r#"<U16 N="BusType">16</U16>"#)], &expect);
    }

    #[test]
    fn default_table_names_no_bus() {
        let table = "Number Friendly Name Serial Number HealthStatus OperationalStatus Total Size Partition Style\n------ ------------- ------------- ------------ ----------------- ---------- ---------------\n3      Mirror1                     Healthy      Online                  2 TB GPT\n";
        check("Get-Disk", &[table], &[]);
    }
}
