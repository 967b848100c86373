//! How a command ends. The figures are part of the interface; `vouch --help` lists them.

use std::process::ExitCode;

/// What `vouch --help` says about exit codes.
pub const HELP: &str = "\
Exit codes:
  0  done
  1  refused, or the answer is no (no such customer, a proof that fails, a wrong key)
  2  the command line or a setting is wrong
  3  the service, its database or the network cannot be reached now
  4  Vouch made a mistake; the output names it

A key comes from VOUCH_KEY or from the file that VOUCH_KEY_FILE names, never from the command line.";

/// The end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Refused, or the answer is no.
    Refused,
    /// The command line or a setting is wrong.
    Usage,
    /// Something cannot be reached now.
    Unavailable,
    /// A defect of Vouch.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Unavailable => 3,
            Exit::Internal => 4,
        })
    }
}
