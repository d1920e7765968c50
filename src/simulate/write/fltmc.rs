//! `fltmc` and `fltmc instances`: filter drivers, redirected into a file.

use super::text::{Encoding, encode};
use crate::simulate::model::BUILD_2019;
use crate::simulate::world::World;

/// `fltmc`: each filter with its number of instances.
pub(in crate::simulate) fn filters(world: &World, node: usize) -> Vec<u8> {
    let mut out = String::from(
        "\nFilter Name                     Num Instances    Altitude    Frame\n\
         ------------------------------  -------------  ------------  -----\n",
    );
    for filter in world.cluster.nodes[node].filters.iter().filter(|f| !f.below) {
        let line =
            format!("{:<30}  {:>8}{:>14}{:>10}\n", filter.name, filter.volumes.len(), filter.altitude, 0);
        out.push_str(&line);
    }
    encode(&out, Encoding::Utf16)
}

/// `fltmc instances`: each filter on each volume.
pub(in crate::simulate) fn instances(world: &World, node: usize) -> Vec<u8> {
    // Since Windows 10 1703 there is a column of supported features.
    let (features, rule, value) = match world.cluster.build >= BUILD_2019 {
        true => ("SprtFtrs  ", "--------  ", "00000000  "),
        false => ("", "", ""),
    };
    let mut out = format!(
        "\nFilter                Volume Name                              Altitude        Instance Name       Frame   \
         {features}VlStatus\n\
         --------------------  -------------------------------------  ------------  ----------------------  -----   \
         {rule}--------\n"
    );
    for filter in world.cluster.nodes[node].filters.iter().filter(|f| !f.below) {
        for volume in &filter.volumes {
            let name = format!("{} Instance", filter.name);
            let line = format!(
                "{:<20}  {volume:<37}  {:>12}  {name:<22}  {:>3}     {value}",
                filter.name, filter.altitude, 0
            );
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    encode(&out, Encoding::Utf16)
}
