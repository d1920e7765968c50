//! How claims and reports write instants, lengths of time, counts and lists: one spelling everywhere.
//! Knows no domain; text goes in and out.
