//! Quoted text made safe to show: control characters out, long lines shortened in the middle.
