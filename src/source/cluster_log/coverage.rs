//! Which streams the log holds, and from when to when without a hole.
//!
//! Silence means something only inside a piece. A piece ends where the service stopped, begins where it
//! started, and breaks where time runs backwards by more than rendering disorder: then the lines are an
//! excerpt, or the clock was set. State tables cover nothing, and a pasted excerpt covers nothing. The sections of
//! events are rendered together with the engine's lines, so what they do not show up to the engine's last line
//! did not happen; before their first event nothing is known.

use std::collections::BTreeMap;

use crate::fact::{Channel, Coverage, InputId, Stamp};

/// Lines of different processes and buffers are not in strict order; this far back is no hole (nanoseconds).
const DISORDER: i64 = 60 * 1_000_000_000;

#[derive(Copy, Clone, Debug)]
struct Piece {
    from: i64,
    to: i64,
    /// Nothing may be added behind it.
    closed: bool,
}

/// What a line says about the service around it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing.
    Inside,
    /// The service started: nothing was logged just before.
    First,
    /// The service stopped: nothing is logged just after.
    Last,
}

/// Collects the pieces of every stream. The verbose copy of the engine's lines is a stream of its own: it
/// goes back less far than the main one.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pieces: BTreeMap<(Channel, bool), Vec<Piece>>,
    /// The service was down from ... to ..., by the engine's main lines.
    down: Vec<(i64, i64)>,
}

impl Streams {
    /// One line of a stream. Lines without a usable time count for nothing.
    pub(super) fn line(&mut self, channel: &Channel, verbose: bool, stamp: Stamp, edge: Edge) {
        let Stamp::File(at) = stamp else { return };
        let key = (channel.clone(), verbose);
        let pieces = self.pieces.entry(key).or_default();
        let fresh = match pieces.last() {
            None => true,
            Some(last) => last.closed || edge == Edge::First || at.saturating_add(DISORDER) < last.to,
        };
        if fresh {
            if let (Some(last), Edge::First, Channel::ClusterEngine, false) =
                (pieces.last(), edge, channel, verbose)
            {
                self.down.push((last.to, at));
            }
            pieces.push(Piece { from: at, to: at, closed: false });
        }
        if let Some(last) = pieces.last_mut() {
            last.from = last.from.min(at);
            last.to = last.to.max(at);
            last.closed = edge == Edge::Last;
        }
    }

    /// Lines that say nothing of the service, by their times in the file's reckoning.
    pub(super) fn lines(&mut self, channel: &Channel, verbose: bool, times: &[i64]) {
        let pieces = self.pieces.entry((channel.clone(), verbose)).or_default();
        for &at in times {
            match pieces.last_mut() {
                Some(last) if !last.closed && at.saturating_add(DISORDER) >= last.to => {
                    last.from = last.from.min(at);
                    last.to = last.to.max(at);
                }
                _ => pieces.push(Piece { from: at, to: at, closed: false }),
            }
        }
    }

    /// The pieces, by stream and in the order of the file. `engine` says whether the engine's own components
    /// spoke at all: the health log has the same form, and is not the engine's.
    pub(super) fn finish(self, input: InputId, engine: bool) -> Vec<Coverage> {
        let mut out = Vec::new();
        let main = self.pieces.get(&(Channel::ClusterEngine, false)).filter(|_| engine);
        let rendered = main.and_then(|pieces| pieces.iter().map(|piece| piece.to).max());
        for ((channel, _), mut pieces) in self.pieces {
            if let (Channel::System | Channel::ClusterOperational, Some(last)) = (&channel, pieces.last_mut())
                && !last.closed
            {
                last.to = last.to.max(rendered.unwrap_or(last.to));
            }
            if matches!(channel, Channel::Other(_)) || (channel == Channel::ClusterEngine && !engine) {
                continue;
            }
            for piece in pieces {
                // The event channels of a file show the same downtime as the engine's lines.
                let mut from = piece.from;
                let mut cut: Vec<_> =
                    self.down.iter().filter(|down| down.0 > from && down.1 < piece.to).collect();
                cut.sort_unstable();
                let mut ends = Vec::new();
                for down in cut {
                    if down.0 > from {
                        ends.push((from, down.0));
                    }
                    from = from.max(down.1);
                }
                ends.push((from, piece.to));
                out.extend(ends.into_iter().map(|(from, to)| Coverage {
                    input,
                    reporter: None,
                    channel: channel.clone(),
                    from: Stamp::file(from),
                    to: Stamp::file(to),
                }));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Streams};
    use crate::fact::{Channel, InputId, Stamp};

    const SECOND: i64 = 1_000_000_000;
    const BASE: i64 = 1_600_000_000 * SECOND;

    fn check(lines: &[(Channel, i64, Edge)], engine: bool, expect: &[(Channel, i64, i64)]) {
        let mut streams = Streams::default();
        for (channel, at, edge) in lines {
            streams.line(channel, false, Stamp::File(BASE + at * SECOND), *edge);
        }
        let got: Vec<_> =
            streams.finish(InputId(0), engine).into_iter().map(|c| (c.channel, c.from, c.to)).collect();
        let at = |seconds: i64| Stamp::File(BASE + seconds * SECOND);
        let expect: Vec<_> = expect.iter().map(|(c, from, to)| (c.clone(), at(*from), at(*to))).collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn pieces() {
        use Channel::{ClusterEngine as Engine, System};
        use Edge::{First, Inside, Last};
        check(&[(Engine, 0, Inside), (Engine, 900, Inside)], true, &[(Engine, 0, 900)]);
        check(&[(Engine, 0, Inside), (Engine, 900, Inside)], false, &[]);
        // A stop and a start; the event channel is cut where the engine was down.
        check(
            &[
                (System, 0, Inside),
                (System, 2000, Inside),
                (Engine, 5, Inside),
                (Engine, 100, Inside),
                (Engine, 700, First),
                (Engine, 1900, Inside),
            ],
            true,
            &[(System, 0, 100), (System, 700, 2000), (Engine, 5, 100), (Engine, 700, 1900)],
        );
        // No event up to the engine's last line; a channel that ends with the service's stop ends there.
        check(
            &[(System, 5, Inside), (Engine, 0, Inside), (Engine, 90, Inside)],
            true,
            &[(System, 5, 90), (Engine, 0, 90)],
        );
        check(
            &[(System, 5, Last), (Engine, 0, Inside), (Engine, 90, Inside)],
            true,
            &[(System, 5, 5), (Engine, 0, 90)],
        );
        check(&[(System, 0, Last), (System, 50, Inside)], true, &[(System, 0, 0), (System, 50, 50)]);
        // Disorder within a minute is none; a jump back is a hole.
        check(
            &[(Engine, 100, Inside), (Engine, 70, Inside), (Engine, 3, Inside), (Engine, 4, Inside)],
            true,
            &[(Engine, 70, 100), (Engine, 3, 4)],
        );
        check(&[], true, &[]);
    }
}
