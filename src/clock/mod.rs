//! From printed stamps to instants on one clock, with how far off they may be.
