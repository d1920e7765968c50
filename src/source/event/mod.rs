//! What Windows events mean, by provider, whatever carried them: EVTX, ETW, or the text of a cluster.log
//! section. One file a provider. A format hands in an [`Event`]; this module answers with claims. Because
//! every format asks here, the same event through two formats gives the same claim.

mod csvflt;
mod csvfs;
mod csvfs_io;
mod disk;
mod event_log;
mod failover_clustering;
mod filter_manager;
mod hyper_v_high_availability;
mod hyper_v_vmms;
mod hyper_v_worker;
mod kernel;
mod known;
mod mpio;
mod occurrence;
mod row;
pub(in crate::source) mod shown;
mod smb_client;
mod storport;
#[cfg(test)]
mod tests;
mod time_service;
pub mod trace;
mod vhdmp;

use std::sync::LazyLock;

use crate::fact::{Claim, Guid};

pub use occurrence::Occurrence;
pub(in crate::source) use row::iso_time;
pub use row::{Fields, Provider, Row};
pub(in crate::source) use shown::{iso_utc, level_name};
pub use trace::{Told, Trace};

/// One event, decoded but not understood.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Provider name as the record prints it, or `Microsoft-Windows-FailoverClustering` for cluster.log text.
    pub provider: &'a str,
    /// Provider GUID where the record carries one.
    pub provider_id: Option<Guid>,
    /// Event id.
    pub id: u32,
    /// Event version; `None` where the carrier does not say (cluster.log text).
    pub version: Option<u8>,
    /// Level number (1 critical ... 5 verbose); 0 where not said.
    pub level: u8,
    /// Channel, empty where not said.
    pub channel: &'a str,
    /// The user SID of the record, where there is one: worker events run as the VM's own SID.
    pub user: Option<&'a str>,
    /// The fields in template order.
    pub fields: &'a [Field<'a>],
}

/// One field of an event.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// As the record or schema names it; empty where it does not.
    pub name: &'a str,
    /// The value.
    pub value: Value<'a>,
}

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Absent or null.
    Null,
    /// Text.
    Text(std::borrow::Cow<'a, str>),
    /// Unsigned number, pointer or hexadecimal.
    Unsigned(u64),
    /// Signed number.
    Signed(i64),
    /// Floating point.
    Real(f64),
    /// Boolean.
    Bool(bool),
    /// GUID.
    Guid(Guid),
    /// FILETIME, 100 ns units since 1601 UTC.
    FileTime(u64),
    /// Security identifier as text.
    Sid(String),
    /// Bytes.
    Binary(std::borrow::Cow<'a, [u8]>),
}

/// What an event came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// It says these things.
    Claims(Vec<Claim>),
    /// Known, and nothing to say here.
    Silent,
    /// A provider of ours with an id or layout that is not in the tables.
    Unknown,
    /// A provider that is not ours.
    Foreign,
    /// The id is known and its fields do not fit.
    Malformed,
}

impl<'a> Event<'a> {
    /// The field of that name (case ignored), else none.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Value<'a>> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| &f.value)
    }

    /// The field at a position from 0.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&Value<'a>> {
        self.fields.get(position).map(|f| &f.value)
    }

    /// By name where the record names its fields so, else by position.
    #[must_use]
    pub fn get(&self, name: &str, position: usize) -> Option<&Value<'a>> {
        self.named(name).or_else(|| self.at(position))
    }
}

impl Value<'_> {
    /// The text of a text value; other values as Windows prints them (decimal numbers, `true`).
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.to_string(),
            Self::Unsigned(number) => number.to_string(),
            Self::Signed(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Guid(guid) => guid.to_string(),
            Self::FileTime(ticks) => ticks.to_string(),
            Self::Sid(sid) => sid.clone(),
            Self::Binary(bytes) => bytes.iter().map(|b| format!("{b:02X}")).collect(),
        }
    }

    /// A number, also out of decimal or `0x` text.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Unsigned(number) => i64::try_from(*number).ok(),
            Self::Signed(number) => Some(*number),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Text(text) => {
                let text = text.trim();
                match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(hex) => i64::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            _ => None,
        }
    }

    /// All 64 bits of a number, a pointer or a mask, also out of decimal or `0x` text.
    #[must_use]
    pub fn bits(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Signed(number) => Some(number.cast_unsigned()),
            Self::Text(text) => {
                let text = text.trim();
                match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(hex) => u64::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok().or_else(|| text.parse().ok().map(i64::cast_unsigned)),
                }
            }
            _ => None,
        }
    }

    /// A GUID, also out of text.
    #[must_use]
    pub fn guid(&self) -> Option<Guid> {
        match self {
            Self::Guid(guid) => Some(*guid),
            Self::Text(text) => Guid::parse(text),
            _ => None,
        }
    }
}

/// Every provider that says something here.
pub const PROVIDERS: &[Provider] = &[
    failover_clustering::PROVIDER,
    csvfs::PROVIDER,
    csvflt::PROVIDER,
    hyper_v_vmms::PROVIDER,
    hyper_v_worker::PROVIDER,
    hyper_v_high_availability::PROVIDER,
    vhdmp::PROVIDER,
    smb_client::PROVIDER,
    disk::PROVIDER,
    mpio::PROVIDER,
    storport::PROVIDER,
    filter_manager::PROVIDER,
    kernel::GENERAL,
    kernel::POWER,
    event_log::CLASSIC,
    event_log::MANIFEST,
    time_service::PROVIDER,
];

/// The tables of a provider: by any of its names, else by its GUID where the carrier has one.
#[must_use]
pub fn provider(name: &str, guid: Option<Guid>) -> Option<&'static Provider> {
    static GUIDS: LazyLock<Vec<(Guid, &'static Provider)>> = LazyLock::new(|| {
        PROVIDERS.iter().filter_map(|provider| Some((Guid::parse(provider.guid)?, provider))).collect()
    });
    let named = |provider: &&Provider| provider.names.iter().any(|own| own.eq_ignore_ascii_case(name));
    PROVIDERS.iter().find(named).or_else(|| {
        let guid = guid?;
        GUIDS.iter().find(|(own, _)| *own == guid).map(|(_, provider)| *provider)
    })
}

/// May an event of this provider and id say anything here? Where not, it is [`Meaning::Silent`] or
/// [`Meaning::Foreign`] whatever its values are, and they need no decoding.
#[must_use]
pub fn may_speak(name: &str, guid: Option<Guid>, id: u32) -> bool {
    match provider(name, guid) {
        Some(provider) => !provider.is_silent(id),
        // Any adapter driver logs its resets under its own name.
        None => guid.is_none() && id == disk::RESET,
    }
}

/// What `event` says. The one entry for every format.
#[must_use]
pub fn meaning(event: &Event<'_>) -> Meaning {
    match provider(event.provider, event.provider_id) {
        Some(provider) => provider.meaning(event),
        None => disk::adapter_reset(event).unwrap_or(Meaning::Foreign),
    }
}
