//! Stretches in which events are missing.

/// Stretches of time, nanoseconds, both ends inside; in order, without overlap once settled.
#[derive(Debug, Default)]
pub(super) struct Gaps(Vec<(i64, i64)>);

impl Gaps {
    pub(super) fn add(&mut self, from: i64, to: i64) {
        let (from, to) = (from.min(to), from.max(to));
        let begin = self.0.partition_point(|gap| gap.1 < from);
        let end = self.0.partition_point(|gap| gap.0 <= to);
        let joined =
            self.0[begin..end].iter().fold((from, to), |all, gap| (all.0.min(gap.0), all.1.max(gap.1)));
        self.0.splice(begin..end.max(begin), [joined]);
    }

    /// Does a gap touch `from..=to`?
    pub(super) fn touch(&self, from: i64, to: i64) -> bool {
        let next = self.0.partition_point(|gap| gap.1 < from);
        self.0.get(next).is_some_and(|gap| gap.0 <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::Gaps;

    #[test]
    fn joined() {
        let mut gaps = Gaps::default();
        [(10, 20), (40, 30), (15, 25), (60, 60), (29, 41)]
            .into_iter()
            .for_each(|(from, to)| gaps.add(from, to));
        assert_eq!(gaps.0, [(10, 25), (29, 41), (60, 60)]);
        gaps.add(24, 59);
        assert_eq!(gaps.0, [(10, 59), (60, 60)]);
        assert!(gaps.touch(0, 10) && gaps.touch(59, 59) && gaps.touch(0, 99));
        assert!(!gaps.touch(0, 9) && !gaps.touch(61, 99));
    }
}
