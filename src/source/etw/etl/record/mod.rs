//! Records: what fills the buffers.
//!
//! [`locate`](locate::locate) finds one, [`EtlRecord`] reads it.

mod class;
mod extended;
mod kind;
mod locate;
mod message;
mod view;

pub use class::{LOST_EVENT, class_of_group};
pub use extended::{ExtendedItem, ExtendedItems};
pub use kind::RecordKind;
pub(super) use locate::{Found, Located, first_ticks, locate, looks_like_record};
pub use view::EtlRecord;
