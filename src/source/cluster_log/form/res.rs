//! `[RES]`: resource libraries, `Type <name>: text`. Here the disk library speaks of reservations, arbitration
//! and failed onlines. Of `Virtual Machine <name>` lines no sentence is established: they only tell that the
//! resource exists and what it is.

use super::Form;
use crate::fact::{Claim, DiskClaim, DiskRef, Name, NtStatus, ResourceClaim, ResourceRef, VmClaim, VmRef};
use crate::source::cluster_log::line::Line;

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "reservation_not_preempted",
        tag: "RES",
        needle: "Failed to preempt reservation",
        sample: "WARN  [RES] Physical Disk <Disk 7>: HardDiskpPRArbitrate: Failed to preempt reservation, new key 7a, old \
                 key 3b, status 170",
        expect: || vec![disk("Disk 7", DiskClaim::ReservationLost)],
        scan: |line| Some(vec![disk(disk_name(line)?, DiskClaim::ReservationLost)]),
    },
    Form {
        name: "reserve_failed",
        tag: "RES",
        needle: "PR reserve failed",
        sample: "ERR   [RES] Physical Disk <Disk 7>: PR reserve failed, status 170",
        expect: || vec![disk("Disk 7", DiskClaim::ReservationLost)],
        scan: |line| Some(vec![disk(disk_name(line)?, DiskClaim::ReservationLost)]),
    },
    Form {
        name: "key_not_set",
        tag: "RES",
        needle: "SetPrKey failed",
        sample: "ERR   [RES] Physical Disk <Disk 7>: Reservation.SetPrKey failed, status 170",
        expect: || vec![disk("Disk 7", DiskClaim::ReservationLost)],
        scan: |line| Some(vec![disk(disk_name(line)?, DiskClaim::ReservationLost)]),
    },
    Form {
        name: "shared_key_not_set",
        tag: "RES",
        needle: "SetSharedPRKey: failed",
        sample: "ERR   [RES] Physical Disk <Disk 7>: SetSharedPRKey: failed, status 170",
        expect: || vec![disk("Disk 7", DiskClaim::ReservationLost)],
        scan: |line| Some(vec![disk(disk_name(line)?, DiskClaim::ReservationLost)]),
    },
    Form {
        name: "arbitration_failed",
        tag: "RES",
        needle: "PR Arbitration for disk Error: ",
        sample: "ERR   [RES] Physical Disk <Disk 7>: ResHardDiskArbitrateInternal: PR Arbitration for disk Error: 170",
        expect: || vec![disk("Disk 7", DiskClaim::ArbitrationFailed { status: Some(code(170)) })],
        scan: |line| {
            let status = number_behind(line.text, "PR Arbitration for disk Error: ")?;
            Some(vec![disk(disk_name(line)?, DiskClaim::ArbitrationFailed { status: Some(code(status)) })])
        },
    },
    Form {
        name: "unable_to_arbitrate",
        tag: "RES",
        needle: "Unable to arbitrate",
        sample: "ERR   [RES] Physical Disk <Disk 7>: Unable to arbitrate for the disk",
        expect: || vec![disk("Disk 7", DiskClaim::ArbitrationFailed { status: None })],
        scan: |line| Some(vec![disk(disk_name(line)?, DiskClaim::ArbitrationFailed { status: None })]),
    },
    Form {
        name: "online_error",
        tag: "RES",
        needle: " bringing resource online",
        sample: "ERR   [RES] Physical Disk <Disk 7>: OnlineThread: Error 21 bringing resource online.",
        expect: || vec![failed("Disk 7", Some(21))],
        scan: |line| {
            Some(vec![failed(disk_name(line)?, Some(number_behind(line.text, "OnlineThread: Error ")?))])
        },
    },
    Form {
        name: "not_alive",
        tag: "RES",
        needle: "IsAlive sanity check failed",
        sample: "ERR   [RES] Physical Disk <Disk 7>: IsAlive sanity check failed!, pending IO completed with status 170.",
        expect: || vec![failed("Disk 7", None)],
        scan: |line| Some(vec![failed(disk_name(line)?, None)]),
    },
    Form {
        name: "no_redundancy",
        tag: "RES",
        needle: "Underlying virtual disk is in 'no redundancy' state",
        sample: "WARN  [RES] Physical Disk <Disk 7>: Underlying virtual disk is in 'no redundancy' state; mounting may fail.",
        expect: || {
            let health = Some("no redundancy".to_owned());
            vec![disk("Disk 7", DiskClaim::Space { resiliency: None, tiered: None, health })]
        },
        scan: |line| {
            let health = Some("no redundancy".to_owned());
            Some(vec![disk(disk_name(line)?, DiskClaim::Space { resiliency: None, tiered: None, health })])
        },
    },
    Form {
        name: "no_redundancy_no_online",
        tag: "RES",
        needle: "Failing online due to virtual disk in 'no redundancy' state",
        sample: "ERR   [RES] Physical Disk <Disk 7>: Failing online due to virtual disk in 'no redundancy' state.",
        expect: || vec![failed("Disk 7", None)],
        scan: |line| Some(vec![failed(disk_name(line)?, None)]),
    },
];

/// Type and name of the resource that a line speaks of; `Type: text` names none.
fn type_and_name<'t>(line: &Line<'t>) -> Option<(&'t str, &'t str)> {
    taken_apart(line.text)
}

/// The text's beginning that names a resource, type and all, as it is printed.
pub(in crate::source::cluster_log) fn spoken_of(text: &str) -> Option<&str> {
    // As [`taken_apart`], by single bytes: it is asked of every line of a resource.
    let bytes = text.as_bytes();
    let open = memchr::memchr_iter(b'<', bytes).find(|&at| at > 0 && bytes[at - 1] == b' ')?;
    let kind = &bytes[..open - 1];
    if kind.is_empty() || kind.len() > 64 || kind.iter().any(|byte| matches!(byte, b':' | b'<' | b'\n')) {
        return None;
    }
    let rest = &bytes[open + 1..];
    let mut ends = memchr::memchr_iter(b'>', rest).filter(|&at| rest.get(at + 1) == Some(&b':'));
    let first = ends.next()?;
    let blank = |at: &usize| rest.get(at + 2) == Some(&b' ');
    let end = std::iter::once(first).chain(ends).find(blank).unwrap_or(first);
    let name = text.get(open + 1..open + 1 + end)?;
    (!name.trim().is_empty()).then(|| &text[..open + 1 + end])
}

fn taken_apart(text: &str) -> Option<(&str, &str)> {
    let (kind, rest) = text.split_once(" <")?;
    let (name, _) = rest.split_once(">: ").or_else(|| rest.split_once(">:"))?;
    let plain = !kind.is_empty() && kind.len() <= 64 && !kind.contains([':', '<', '\n']);
    (plain && !name.trim().is_empty()).then(|| (kind.trim(), name.trim()))
}

fn disk_name<'t>(line: &Line<'t>) -> Option<&'t str> {
    type_and_name(line).filter(|(kind, _)| *kind == "Physical Disk").map(|(_, name)| name)
}

/// What every line of a resource tells: that there is such a resource of such a type. The reader keeps the
/// first of equal ones.
pub(super) fn subject(line: &Line<'_>) -> Option<Vec<Claim>> {
    if line.tag != "RES" {
        return None;
    }
    let (kind, name) = type_and_name(line)?;
    let mut claims = vec![Claim::Resource(ResourceRef::named(name), ResourceClaim::Kind(Name::new(kind)))];
    if matches!(kind, "Virtual Machine" | "Virtual Machine Configuration") {
        claims.push(Claim::Vm(VmRef::from_resource(name), VmClaim::Named));
    }
    Some(claims)
}

fn disk(resource: &str, claim: DiskClaim) -> Claim {
    Claim::Disk(DiskRef { resource: Some(Name::new(resource)), ..DiskRef::default() }, claim)
}

fn failed(resource: &str, status: Option<u32>) -> Claim {
    Claim::Resource(
        ResourceRef::named(resource),
        ResourceClaim::Failed { event: 0, status: status.map(code) },
    )
}

fn code(code: u32) -> NtStatus {
    NtStatus { code: Some(code), text: code.to_string() }
}

fn number_behind(text: &str, before: &str) -> Option<u32> {
    let (_, rest) = text.split_once(before)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Line, subject, type_and_name};
    use crate::fact::{Claim, Name, ResourceClaim, ResourceRef, VmClaim, VmRef};

    #[test]
    fn whom_a_line_speaks_of() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let text = format!("INFO  [RES] {text}");
            let line = Line::parse(&text).expect("a line");
            assert_eq!(type_and_name(&line), expect, "{text}");
            let begins = expect.map(|(kind, name)| format!("{kind} <{name}"));
            assert_eq!(super::spoken_of(line.text).map(|t| t.replace("< ", "<")), begins, "{text}");
        };
        check("File Server <FS-(lab)(Disk 6)>: Failed", Some(("File Server", "FS-(lab)(Disk 6)")));
        check("Physical Disk < Disk 7>: x <y>: z", Some(("Physical Disk", "Disk 7")));
        check("Network Name: Agent: Closing (x,Identity)", None);
        check("Something: about <a>: b", None);
        check("Physical Disk <>: x", None);
    }

    #[test]
    fn virtual_machine_lines_tell_identity_only() {
        let line = Line::parse("INFO  [RES] Virtual Machine <Virtual Machine web>: whatever it says")
            .expect("a line");
        assert_eq!(
            subject(&line),
            Some(vec![
                Claim::Resource(
                    ResourceRef::named("Virtual Machine web"),
                    ResourceClaim::Kind(Name::new("Virtual Machine"))
                ),
                Claim::Vm(VmRef::from_resource("Virtual Machine web"), VmClaim::Named),
            ])
        );
    }
}
