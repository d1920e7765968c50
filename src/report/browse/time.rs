//! Which part of the time is on the screen, and where the cursor is in it.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The shortest time that fills the screen: cluster logs print milliseconds.
const SHORTEST: i64 = 1_000_000;
/// Lengths between two marks of the axis.
const STEPS: [i64; 30] = [
    10_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    100_000_000,
    500_000_000,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    365 * DAY,
];

/// Nanoseconds since 1970, as everywhere.
#[derive(Clone, Debug)]
pub(super) struct View {
    first: i64,
    last: i64,
    from: i64,
    length: i64,
    /// The selected instant, always within the part shown.
    pub(super) cursor: i64,
    /// Columns that the time shown is spread over.
    columns: usize,
    /// Does anything date the bundle?
    pub(super) dated: bool,
}

impl View {
    /// All of the evidence's time.
    pub(super) fn new(window: Option<(i64, i64)>) -> Self {
        let (first, last) = window.unwrap_or((0, 1));
        let last = last.max(first.saturating_add(1));
        let length = last.saturating_sub(first);
        let dated = window.is_some() && first > 1;
        Self { first, last, from: first, length, cursor: first, columns: 60, dated }
    }

    pub(super) fn whole(&self) -> (i64, i64) {
        (self.first, self.last)
    }

    pub(super) fn shown(&self) -> (i64, i64) {
        (self.from, self.from + self.length)
    }

    /// How many times the whole is longer than what is shown.
    pub(super) fn zoom(&self) -> f64 {
        (self.last - self.first) as f64 / self.length as f64
    }

    pub(super) fn resize(&mut self, columns: usize) {
        self.columns = columns.max(1);
    }

    /// The column of an instant; before and behind the screen too.
    pub(super) fn column(&self, at: i64) -> i64 {
        let wide = i128::from(at - self.from) * self.columns as i128;
        // The quotient of two lengths on the screen, times its columns: it fits wherever both lie in one case.
        i64::try_from(wide.div_euclid(i128::from(self.length))).unwrap_or(i64::MAX)
    }

    /// The time of a column: from, until before. Never empty.
    pub(super) fn cell(&self, column: usize) -> (i64, i64) {
        let edge = |column: usize| {
            let wide = i128::from(self.length) * column as i128;
            let columns = self.columns as i128;
            // Rounded up, so that `column` of an edge is that column.
            self.from + i64::try_from((wide + columns - 1) / columns).unwrap_or(0)
        };
        let from = edge(column);
        (from, edge(column + 1).max(from + 1))
    }

    pub(super) fn cursor_column(&self) -> usize {
        let last = self.columns as i64 - 1;
        usize::try_from(self.column(self.cursor).clamp(0, last)).unwrap_or(0)
    }

    fn shortest(&self) -> i64 {
        SHORTEST.min(self.last - self.first)
    }

    fn settle(&mut self, from: i64, length: i64) {
        self.length = length.clamp(self.shortest(), self.last - self.first);
        self.from = from.clamp(self.first, self.last - self.length);
        self.cursor = self.cursor.clamp(self.from, self.from + self.length - 1);
    }

    /// Half or twice the time around the cursor, which stays in its column.
    pub(super) fn zoom_by(&mut self, closer: bool) {
        let length = if closer { self.length / 2 } else { self.length.saturating_mul(2) };
        let length = length.clamp(self.shortest(), self.last - self.first);
        let before = i128::from(self.cursor - self.from) * i128::from(length) / i128::from(self.length);
        self.settle(self.cursor - i64::try_from(before).unwrap_or(0), length);
    }

    /// Everything again.
    pub(super) fn zoom_out(&mut self) {
        self.settle(self.first, self.last - self.first);
    }

    /// Moves the screen by tenths of itself, and the cursor with it.
    pub(super) fn pan(&mut self, tenths: i64) {
        let by = self.length / 10 * tenths;
        self.cursor = self.cursor.saturating_add(by);
        self.settle(self.from.saturating_add(by), self.length);
    }

    /// Moves the cursor to the beginning of another column; the screen follows where it ends.
    pub(super) fn step(&mut self, columns: i64) {
        let column = self.cursor_column() as i64 + columns;
        if column < 0 || column >= self.columns as i64 {
            let (from, to) = self.cell(0);
            self.settle(self.from.saturating_add((to - from).saturating_mul(columns)), self.length);
        }
        let column = usize::try_from(column.clamp(0, self.columns as i64 - 1)).unwrap_or(0);
        self.cursor = self.cell(column).0.clamp(self.from, self.from + self.length - 1);
    }

    /// Puts the cursor on an instant and shows it.
    pub(super) fn go_to(&mut self, at: i64) {
        let at = at.clamp(self.first, self.last - 1);
        let (from, to) = self.shown();
        self.cursor = at;
        if at < from || at >= to {
            self.settle(at - self.length / 3, self.length);
        }
    }

    /// Shows a stretch with a fifth of its length on each side, the cursor at its beginning.
    pub(super) fn fit(&mut self, from: i64, to: i64) {
        let (from, to) = (from.clamp(self.first, self.last), to.clamp(self.first, self.last));
        let margin = (to - from) / 5;
        self.cursor = from.min(self.last - 1);
        self.settle(from - margin, (to - from).saturating_add(2 * margin));
    }

    /// Marks of the axis: column and text, at least `apart` columns from each other.
    pub(super) fn marks(&self, apart: usize, zone: Option<Tz>) -> Vec<(usize, String)> {
        let fits = |step: &&i64| {
            i128::from(**step) * self.columns as i128 >= i128::from(self.length) * apart as i128
        };
        let step = *STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
        let (from, to) = self.shown();
        let mut out = Vec::new();
        let mut at = from.div_euclid(step).saturating_add(i64::from(from.rem_euclid(step) != 0)) * step;
        while at < to && out.len() < self.columns {
            if let Ok(column) = usize::try_from(self.column(at)) {
                out.push((column, label(shown_in(at, zone), step)));
            }
            at = at.saturating_add(step);
        }
        out
    }
}

/// What the clocks of a zone show; UTC without one.
fn shown_in(at: i64, zone: Option<Tz>) -> NaiveDateTime {
    let time = DateTime::from_timestamp_nanos(at);
    zone.map_or_else(|| time.naive_utc(), |zone| time.with_timezone(&zone).naive_local())
}

fn label(time: NaiveDateTime, step: i64) -> String {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    match step {
        step if step >= DAY => format!("{:04}-{:02}-{:02}", time.year(), time.month(), time.day()),
        step if step >= MINUTE => format!("{hour:02}:{minute:02}"),
        step if step >= SECOND => format!("{hour:02}:{minute:02}:{second:02}"),
        step if step >= 1_000_000 => format!("{second:02}.{:03} s", time.nanosecond() / 1_000_000),
        _ => format!("{second:02}.{:07}", time.nanosecond() / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::{HOUR, MINUTE, View};

    const T0: i64 = 1_769_904_000_000_000_000;

    #[test]
    fn columns_and_cells_agree() {
        for length in [1, 7, 59, 60, 61, 1_000_003, 10 * HOUR, 400 * 24 * HOUR] {
            let mut view = View::new(Some((T0, T0 + length)));
            for columns in [1, 2, 56, 200] {
                view.resize(columns);
                for column in 0..columns {
                    let (from, to) = view.cell(column);
                    assert!(from < to);
                    // Where there are more columns than nanoseconds several columns show the same one.
                    if length >= 200 {
                        assert_eq!(view.column(from), column as i64, "{length} {columns}");
                        assert_eq!(view.column(to - 1), column as i64, "{length} {columns}");
                    }
                }
            }
        }
    }

    #[test]
    fn zoom_keeps_the_cursor_in_its_column() {
        let mut view = View::new(Some((T0, T0 + 10 * HOUR)));
        view.resize(50);
        view.go_to(T0 + 3 * HOUR);
        let column = view.cursor_column();
        for _ in 0..60 {
            view.zoom_by(true);
            assert!(view.cursor_column().abs_diff(column) <= 1);
        }
        let (from, to) = view.shown();
        assert_eq!(to - from, super::SHORTEST);
        for _ in 0..60 {
            view.zoom_by(false);
        }
        assert_eq!(view.shown(), (T0, T0 + 10 * HOUR));
    }

    #[test]
    fn the_screen_stays_within_the_evidence() {
        let mut view = View::new(Some((T0, T0 + HOUR)));
        view.resize(60);
        view.pan(-50);
        assert_eq!(view.shown(), (T0, T0 + HOUR));
        view.fit(T0 + 10 * MINUTE, T0 + 20 * MINUTE);
        assert_eq!(view.shown(), (T0 + 8 * MINUTE, T0 + 22 * MINUTE));
        assert_eq!(view.cursor, T0 + 10 * MINUTE);
        view.pan(1000);
        assert_eq!(view.shown().1, T0 + HOUR);
        view.step(-61);
        assert!(view.cursor >= view.shown().0 && view.cursor < view.shown().1);
        view.fit(i64::MIN, i64::MAX);
        assert_eq!(view.shown(), (T0, T0 + HOUR));
    }

    #[test]
    fn marks_of_the_axis() {
        let mut view = View::new(Some((T0, T0 + 10 * HOUR)));
        view.resize(60);
        let texts: Vec<String> =
            view.marks(12, None).into_iter().map(|(at, text)| format!("{at}:{text}")).collect();
        assert_eq!(texts, ["0:00:00", "12:02:00", "24:04:00", "36:06:00", "48:08:00"]);
        let kolkata = view.marks(12, Some(chrono_tz::Asia::Kolkata));
        assert_eq!(kolkata[1], (12, "07:30".to_owned()));
        view.fit(T0 + HOUR, T0 + HOUR + 1000);
        assert!(view.marks(12, None).len() > 2, "{:?}", view.marks(12, None));
        assert!(View::new(None).marks(12, None).len() <= 60);
    }
}
