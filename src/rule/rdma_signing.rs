//! SMB signing or encryption is in use on RDMA networks of Windows Server 2016 and 2019: traffic between nodes is slow.
//!
//! Found by SMBClient 30909 and 30910, or by settings that demand it where a connection between nodes is known to be
//! RDMA. It redirects nothing. Windows Server 2022 is better at it, by the same source, so newer nodes are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::support::{network, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, Claim, FactId, Instant, Name, NetworkClaim, Role, Span};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "rdma-signing";
/// Builds of Windows Server 2016 up to, and without, those of 2022.
const SLOW: std::ops::Range<u32> = 14393..20348;
/// Keeps what the rule needs.
const COLLECT: &str = "Get-SmbClientConfiguration | Export-Clixml -Depth 2 smb-client.xml\n\
     Get-SmbServerConfiguration | Export-Clixml -Depth 2 smb-server.xml\n\
     Get-SmbMultichannelConnection -SmbInstance CSV | Export-Clixml -Depth 2 smb-multichannel-csv.xml\n\
     wevtutil epl Microsoft-Windows-SMBClient/Operational \"$env:COMPUTERNAME-SmbClientOperational.evtx\"";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "SMB signing or encryption makes RDMA between the nodes slow",
    meaning: "On Windows Server 2016 and 2019 SMB stops placing data directly when signing or encryption is in use on an \
              RDMA network, so I/O that goes through a coordinator takes longer. It redirects nothing by itself; \
              Windows Server 2022 does better.",
    versions: "Windows Server 2016 and 2019",
    verdicts: &[Verdict::Configuration, Verdict::Undetermined],
    explains: &[Effect::Slowness],
    needs: &[
        "events 30909 (signing) or 30910 (encryption) of Microsoft-Windows-SMBClient/Operational",
        "or Get-SmbClientConfiguration, Get-SmbServerConfiguration and an RDMA connection in \
         Get-SmbMultichannelConnection",
    ],
    against: &["no connection between the nodes is RDMA", "Windows Server 2022 and later"],
    next_steps: &[
        "Find the policy that demands signing: gpresult /h gp.html, \"Digitally sign communications (always)\".",
        "On a network that only the nodes use, weigh speed against security: Set-SmbClientConfiguration \
         -RequireSecuritySignature $false, Set-SmbServerConfiguration -RequireSecuritySignature $false -EncryptData $false.",
    ],
    sources: &[
        "support.microsoft.com, KB4458042: reduced performance with SMB signing or encryption on RDMA (events 30909, 30910)",
        "manifest of Microsoft-Windows-SMBClient of Windows 10 18990 (30909 RdmaWithSigning, 30910 RdmaWithEncryption)",
    ],
    check,
};

/// What speaks of one node.
#[derive(Default)]
struct Secured {
    events: Vec<(u16, FactId, Option<Instant>)>,
    demands: Vec<(&'static str, FactId)>,
    /// Both settings were read, and neither demands anything.
    settings: usize,
    rdma: Option<FactId>,
    no_rdma: bool,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut nodes = read(case);
    let build = |name: &Name| {
        let of = case.nodes.iter().find(|node| node.name.as_ref() == Some(name));
        of.and_then(|node| node.os_build).or(case.os_build())
    };
    nodes.retain(|name, _| build(name).is_none_or(|build| SLOW.contains(&build)));
    let found: BTreeMap<&Name, &Secured> = nodes
        .iter()
        .filter(|(_, s)| !s.events.is_empty() || !s.demands.is_empty() && s.rdma.is_some())
        .map(|(name, secured)| (*name, secured))
        .collect();
    if !found.is_empty() {
        let known = found.keys().all(|name| build(name).is_some());
        out.findings.push(finding(case, &found, known));
    }
    // It matters where I/O goes over the network: through a coordinator, or over the storage bus.
    if network::redirected(case).is_empty() && case.cluster.spaces_direct.value != Some(true) {
        return out;
    }
    let of_those = |name: &&Name| build(name).is_some_and(|build| SLOW.contains(&build));
    let open = network::members(case).into_iter().filter(of_those).filter(|name| match nodes.get(*name) {
        _ if found.contains_key(*name) => false,
        _ if covered(case, name) => false,
        None => true,
        Some(secured) => match (secured.demands.is_empty(), secured.settings) {
            (true, settings) => settings < 2,
            (false, _) => !secured.no_rdma,
        },
    });
    let open: Vec<String> = open.map(ToString::to_string).collect();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |nodes| format!("the SMB settings of {nodes}, and whether their connections are RDMA"),
        COLLECT,
    ));
    out
}

/// Does the log in which both events stand reach over all the evidence?
fn covered(case: &Case, node: &Name) -> bool {
    let channel = Channel::Other(Name::new("Microsoft-Windows-SMBClient/Operational"));
    case.from.zip(case.to).is_some_and(|(from, to)| case.covers(node, &channel, from, to))
}

fn read(case: &Case) -> BTreeMap<&Name, Secured> {
    let mut nodes: BTreeMap<&Name, Secured> = BTreeMap::new();
    for (fact, placed) in case.facts() {
        let (Claim::Network(_, claim), Some(node)) = (&placed.fact.claim, &placed.fact.reporter) else {
            continue;
        };
        match claim {
            NetworkClaim::RdmaSecured { event } => {
                let at = placed.moment.map(|m| m.at);
                nodes.entry(node).or_default().events.push((*event, fact, at));
            }
            NetworkClaim::SmbSecurity { server, signing, encryption } => {
                let secured = nodes.entry(node).or_default();
                secured.settings += 1;
                let end = if *server {
                    ("signing as a server", "encryption as a server")
                } else {
                    ("signing as a client", "encryption as a client")
                };
                if *signing == Some(true) {
                    secured.demands.push((end.0, fact));
                }
                if *encryption == Some(true) {
                    secured.demands.push((end.1, fact));
                }
            }
            NetworkClaim::SmbConnection(connection) => match connection.rdma {
                Some(true) => nodes.entry(node).or_default().rdma = Some(fact),
                Some(false) => nodes.entry(node).or_default().no_rdma = true,
                None => {}
            },
            _ => {}
        }
    }
    nodes
}

fn finding(case: &Case, found: &BTreeMap<&Name, &Secured>, known: bool) -> Finding {
    let events = || found.values().flat_map(|secured| &secured.events);
    let demands: BTreeSet<&str> =
        found.values().flat_map(|secured| &secured.demands).map(|(what, _)| *what).collect();
    let names = words::list(found.keys(), 6);
    let kinds: BTreeSet<&str> = events()
        .map(|(event, ..)| if *event == 30909 { "signing (event 30909)" } else { "encryption (event 30910)" })
        .collect();
    let mut span =
        network::standing(found.values().flat_map(|s| s.demands.iter().map(|(_, fact)| *fact).chain(s.rdma)));
    let mut claim = if kinds.is_empty() {
        format!(
            "When the bundle was collected, {names} demanded {} of SMB connections, and connections between the nodes \
             were RDMA.",
            words::list(&demands, 4)
        )
    } else {
        let times = || events().filter_map(|(.., at)| *at);
        let cited = events().map(|(_, fact, _)| (*fact, Role::Opens));
        span = Span {
            from: times().min(),
            to: times().max().map(|last| Instant(last.0.saturating_add(1))),
            certainty: Certainty::Observed,
            evidence: Case::join_evidence([
                crate::case::evidence_of(cited).as_slice(),
                span.evidence.as_slice(),
            ]),
        };
        let settings = match demands.is_empty() {
            true => String::new(),
            false => format!(" Their settings demand {}.", words::list(&demands, 4)),
        };
        format!(
            "The SMB client of {names} found RDMA together with {} in use.{settings}",
            words::list(&kinds, 2)
        )
    };
    claim.push_str(match known {
        true => {
            " On Windows Server 2016 and 2019 SMB then no longer places data directly, so what goes through a \
             coordinator, or over the storage bus of Storage Spaces Direct, takes longer."
        }
        false => {
            " On Windows Server 2016 and 2019 that makes traffic between the nodes slow; which Windows this is, is not \
             known."
        }
    });
    claim.push_str(" It redirects nothing by itself.");
    Finding {
        rule: ID,
        title: format!("SMB {} slows RDMA between the nodes down", match (kinds.len(), kinds.first()) {
            (1, Some(kind)) if kind.starts_with("enc") => "encryption",
            (0, _) if demands.iter().all(|what| what.starts_with("enc")) => "encryption",
            _ => "signing",
        }),
        verdict: if known { Verdict::Configuration } else { Verdict::Undetermined },
        claim,
        subjects: Subjects {
            volumes: network::redirected(case).into_iter().collect(),
            vms: Vec::new(),
            nodes: found.keys().map(|name| (*name).clone()).collect(),
        },
        next_steps: vec![
            say::step(
                "See what each node demands, and whether a policy sets it.",
                &[
                    "Get-SmbClientConfiguration | Format-List RequireSecuritySignature".into(),
                    "Get-SmbServerConfiguration | Format-List RequireSecuritySignature, EncryptData".into(),
                    "gpresult /h gp.html".into(),
                ],
            ),
            say::step("See which connections are RDMA.", &[
                "Get-SmbMultichannelConnection -SmbInstance CSV | Format-Table ServerName, ClientIpAddress, \
                 ClientRdmaCapable, ServerRdmaCapable"
                    .into(),
            ]),
            "Where only the nodes use that network, weigh speed against security before turning it off.".into(),
        ],
        explains: RULE.explains,
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        Certainty, Channel, Claim, FsReasons, IoMode, NetworkClaim, NetworkRef, SmbConnection,
    };
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base(build: u32) -> Build {
        let mut b = Build::new(600);
        b.node("N1", build);
        let v = b.volume(None, None);
        let redirected = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
        b.mode(v, "N1", (-1, 601), redirected, Certainty::Observed);
        b
    }

    fn said(b: &mut Build, minute: Option<i64>, claim: NetworkClaim) {
        b.fact(minute, "N1", Claim::Network(NetworkRef::default(), claim), "RequireSecuritySignature : True");
    }

    fn settings(b: &mut Build, signing: bool) {
        for server in [false, true] {
            let encryption = server.then_some(false);
            said(b, None, NetworkClaim::SmbSecurity { server, signing: Some(signing), encryption });
        }
    }

    fn connection(b: &mut Build, rdma: bool) {
        let connection = SmbConnection { rdma: Some(rdma), ..SmbConnection::default() };
        said(b, None, NetworkClaim::SmbConnection(connection));
    }

    #[test]
    fn found_by_event() {
        let mut b = base(17763);
        said(&mut b, Some(30), NetworkClaim::RdmaSecured { event: 30909 });
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!(
            (f.verdict, f.span.from, f.span.certainty),
            (Verdict::Configuration, Some(at(30)), Certainty::Observed)
        );
        assert!(f.title.contains("signing") && f.claim.contains("redirects nothing"), "{}", f.claim);
        assert_eq!(out.not_judged.len(), 0);
    }

    #[test]
    fn found_by_settings_only_with_rdma() {
        let mut b = base(14393);
        settings(&mut b, true);
        connection(&mut b, true);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        assert_eq!(out.findings[0].span.certainty, Certainty::Assumed, "known of the collection alone");
    }

    #[test]
    fn not_found() {
        let mut b = base(20348);
        said(&mut b, Some(30), NetworkClaim::RdmaSecured { event: 30909 });
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "2022 does better");
        let mut b = base(17763);
        settings(&mut b, false);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let mut b = base(17763);
        settings(&mut b, true);
        connection(&mut b, false);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "no RDMA");
        let mut b = base(17763);
        let input = b.case.inputs[0].id;
        let channel = Channel::Other("Microsoft-Windows-SMBClient/Operational".into());
        let (from, to) = (at(0), at(600));
        b.case.covered.push(crate::case::Covered { input, node: "N1".into(), channel, from, to });
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "the log is there and silent");
    }

    #[test]
    fn could_not_tell() {
        let out = check(&base(17763).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        let mut b = base(17763);
        settings(&mut b, true);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1), "RDMA or not is not known");
    }
}
