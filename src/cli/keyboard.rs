//! Whether something was typed, or the terminal is gone. crossterm 0.29 alone does not tell a terminal that hung up from one
//! where nothing is typed. Of its two ways to read a terminal on Unix, the one of `mio` is not used: it hears of each
//! key once, and forgets it where a new size of the window is heard of at the same moment.

use std::io;
use std::time::Duration;

use crossterm::event;

/// What came of waiting.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// crossterm has an event.
    Something,
    /// It has none.
    Nothing,
    /// Nothing can come any more: the window was closed, the connection is lost.
    Gone,
}

#[cfg(unix)]
pub(crate) use unix::Keyboard;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::IsTerminal;
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    use super::{Duration, Typed, event, io};

    /// How long crossterm may look for what is there. It does not look at all where it is given no time.
    const LOOK: Duration = Duration::from_millis(2);

    /// The terminal that keys come from, found as crossterm finds it.
    pub(crate) struct Keyboard(OwnedFd);

    impl Keyboard {
        pub(crate) fn open() -> io::Result<Self> {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return Ok(Self(stdin.as_fd().try_clone_to_owned()?));
            }
            Ok(Self(File::options().read(true).write(true).open("/dev/tty")?.into()))
        }

        /// Waits until something is typed, for `at_most`.
        pub(crate) fn wait(&self, at_most: Duration) -> io::Result<Typed> {
            // What crossterm has read already no longer makes the terminal readable.
            match self.told(Duration::ZERO)? {
                Typed::Nothing if !at_most.is_zero() => self.told(at_most),
                told => Ok(told),
            }
        }

        fn told(&self, at_most: Duration) -> io::Result<Typed> {
            let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
            let limit = Timespec::try_from(at_most).map_err(io::Error::other)?;
            match poll(&mut watched, Some(&limit)) {
                // A new size of the window comes as a signal.
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
            if watched[0].revents().intersects(gone) {
                return Ok(Typed::Gone);
            }
            Ok(if event::poll(LOOK)? { Typed::Something } else { Typed::Nothing })
        }
    }
}

impl Keyboard {
    /// Is there no terminal any more?
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.wait(Duration::ZERO), Ok(Typed::Gone) | Err(_))
    }
}

/// Windows ends a program whose window is closed.
#[cfg(not(unix))]
pub(crate) struct Keyboard;

#[cfg(not(unix))]
impl Keyboard {
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) fn wait(&self, at_most: Duration) -> io::Result<Typed> {
        Ok(if event::poll(at_most)? { Typed::Something } else { Typed::Nothing })
    }
}
