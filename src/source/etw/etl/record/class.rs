//! Which class a kernel event belongs to: its header carries a group number instead of a GUID.
//!
//! Published constants (`EVENT_TRACE_GROUP_*` and the class GUIDs of the kernel trace); a group that is not listed has
//! no GUID here, and none is made up.

use crate::fact::Guid;

/// A GUID by the digits it is printed with.
const fn guid(digits: u128) -> Guid {
    Guid(digits.to_be_bytes())
}

/// The class of losses that real-time sessions write down: opcodes 0x20 event, 0x21 buffer, 0x22 backup file.
pub const LOST_EVENT: Guid = guid(0x6a399ae0_4bc6_4de9_870b_3657f8947e7e);

/// The class GUID of a kernel group.
#[must_use]
pub fn class_of_group(group: u8) -> Option<Guid> {
    Some(match group {
        0x00 => guid(0x68fdd900_4a3e_11d1_84f4_0000f80464e3),
        0x01 => guid(0x3d6fa8d4_fe05_11d0_9dda_00c04fd7ba7c),
        0x02 => guid(0x3d6fa8d3_fe05_11d0_9dda_00c04fd7ba7c),
        0x03 => guid(0x3d6fa8d0_fe05_11d0_9dda_00c04fd7ba7c),
        0x04 => guid(0x90cbdc39_4a3e_11d1_84f4_0000f80464e3),
        0x05 => guid(0x3d6fa8d1_fe05_11d0_9dda_00c04fd7ba7c),
        0x06 => guid(0x9a280ac0_c8e0_11d1_84e2_00c04fb998a2),
        0x08 => guid(0xbf3a50c5_a9c9_4988_a005_2df0b7c80f80),
        0x09 => guid(0xae53722e_c863_11d2_8659_00c04fa321a1),
        0x0b => guid(0x01853a65_418f_4f36_aefc_dc0f1d2fd235),
        0x0f => guid(0xce1dbfb4_137e_4da6_87b0_3f59aa102cbc),
        0x11 => guid(0x89497f50_effe_4440_8cf2_ce6b1cdcaca7),
        0x14 => guid(0x2cb15d1d_5fc1_11d2_abe1_00a0c911f518),
        0x18 => guid(0xdef2fe46_7bd6_4b80_bd94_f57fe20d0ce3),
        0x1a => guid(0x45d8cccd_539f_4b72_a8b7_5c683142609a),
        0x1b => guid(0xd837ca92_12b9_44a5_ad6a_3a65b3578aa8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::class_of_group;
    use std::collections::BTreeSet;

    #[test]
    fn no_class_has_two_groups() {
        let classes: Vec<_> = (0..=255).filter_map(class_of_group).collect();
        assert_eq!(classes.len(), classes.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(
            class_of_group(0x1b).map(|class| class.to_string()).as_deref(),
            Some("d837ca92-12b9-44a5-ad6a-3a65b3578aa8")
        );
    }
}
