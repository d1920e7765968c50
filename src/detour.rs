//! Who detoured, through whom, for how long: sums over the routes of a case. Knows no causes.
