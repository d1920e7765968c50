//! Advice about owners: keep each VM beside its volume.

use super::paths::explained;
use super::situation::cite;
use super::{Advice, Fits, ruling};
use crate::case::RouteKind;
use crate::words;

pub(super) const MANAGE_OWNERS: Advice = Advice {
    id: "manage-csv-owners",
    said: "Manage the ownership of the volumes: keep a VM on the node that owns its volume.",
    check: |s| {
        if s.detours().next().is_none() {
            return explained(s, "No VM is seen on a detour");
        }
        let local: Vec<_> = s.routes().filter(|route| route.route == RouteKind::OwnerLocal).collect();
        let evidence = cite(local.iter().flat_map(|route| &route.span.evidence));
        let mut names: Vec<String> = local.iter().map(|route| s.case.vms[route.vm].label()).collect();
        names.sort();
        names.dedup();
        let seen = match names.is_empty() {
            true => String::new(),
            false => format!(" {} did not detour while beside the owner.", words::list(names, 3)),
        };
        let why = format!(
            "It eases and does not cure: the next move, drain or restart parts them again.{seen} `throughline what-if \
             --best-owners` proposes the owners."
        );
        ruling(Fits::Applies, why, evidence)
    },
};
