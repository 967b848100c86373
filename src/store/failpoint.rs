//! Named points on the way of a write and of the sequencer at which a test can stop everything and
//! kill the process. They exist only in builds with the feature `failpoints`; there they do nothing
//! until one of them is armed.

#[cfg(feature = "failpoints")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "failpoints")]
use tokio::sync::watch;

/// Stops here, where the build has failpoints and this one is armed. Without the feature not even
/// the arguments are left.
macro_rules! failpoint {
    ($points:expr, $point:ident) => {
        #[cfg(feature = "failpoints")]
        $points.reach($crate::store::failpoint::Failpoint::$point).await;
    };
}
pub(super) use failpoint;

#[cfg(feature = "failpoints")]
macro_rules! points {
    ($($(#[doc = $doc:literal])+ $point:ident = $name:literal,)+) => {
        /// One point. The list is here and nowhere else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Failpoint {
            $($(#[doc = $doc])+ $point,)+
        }

        impl Failpoint {
            /// Every point, in the order in which writes and the sequencer come to them.
            pub const ALL: &[Self] = &[$(Self::$point,)+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }
        }
    };
}

#[cfg(feature = "failpoints")]
points! {
    /// The command's transaction is open, and empty.
    Begun = "begun",
    /// The idempotency key is claimed.
    KeyClaimed = "key-claimed",
    /// The journal has the entry; the list of those that wait for a position does not.
    EntryWritten = "entry-written",
    /// The entry waits for its position; what it tells of is not there.
    PendingWritten = "pending-written",
    /// A customer's row is written, or a new one's added; the rows beside it are not.
    CustomerWritten = "customer-written",
    /// A number's row is written; the rows beside it are not.
    NumberWritten = "number-written",
    /// Everything that the command changes is written; its answer is not kept.
    StateWritten = "state-written",
    /// The answer is kept with the key; nothing is committed.
    AnswerKept = "answer-kept",
    /// The command is committed, and nobody was told.
    Committed = "committed",
    /// The sequencer holds the head.
    HeadLocked = "head-locked",
    /// Entries have positions, and still wait for them.
    OrderWritten = "order-written",
    /// Nothing waits any more; the tree has not grown.
    PendingCleared = "pending-cleared",
    /// The tree has grown; the head is the old one.
    TreeGrown = "tree-grown",
    /// The head is the new one; nothing is committed.
    HeadWritten = "head-written",
    /// The positions are committed, and nobody was told.
    Numbered = "numbered",
}

#[cfg(feature = "failpoints")]
impl Failpoint {
    /// Reads `name` or `name:nth`: the point, and at which of its visits to stop.
    pub fn parse(text: &str) -> Option<(Self, u32)> {
        let (name, nth) = match text.split_once(':') {
            Some((name, nth)) => (name, nth.parse().ok().filter(|nth| *nth > 0)?),
            None => (text, 1),
        };
        Self::ALL.iter().find(|point| point.name() == name).map(|point| (*point, nth))
    }
}

/// The one armed point of a store, if any.
#[cfg(feature = "failpoints")]
#[derive(Debug, Default)]
pub struct Failpoints(Mutex<Option<Armed>>);

#[cfg(feature = "failpoints")]
#[derive(Debug)]
struct Armed {
    point: Failpoint,
    visits_left: u32,
    reached: watch::Sender<bool>,
    go_on: watch::Receiver<bool>,
}

/// What stopped at a point, or will. Dropped, it stays stopped for ever.
#[cfg(feature = "failpoints")]
#[derive(Debug)]
pub struct Stopped {
    reached: watch::Receiver<bool>,
    go_on: watch::Sender<bool>,
}

#[cfg(feature = "failpoints")]
impl Stopped {
    /// Waits until the point is reached; `false` where another one was armed in its place.
    pub async fn reached(&mut self) -> bool {
        self.reached.wait_for(|reached| *reached).await.is_ok()
    }

    /// Lets it go on.
    pub fn go_on(self) {
        self.go_on.send_replace(true);
    }
}

#[cfg(feature = "failpoints")]
impl Failpoints {
    /// Arms a point, in the place of the one that was: its visit number `nth` stops.
    pub fn arm(&self, point: Failpoint, nth: u32) -> Stopped {
        let (reached, seen) = watch::channel(false);
        let (go_on, going) = watch::channel(false);
        let armed = Armed { point, visits_left: nth, reached, go_on: going };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(armed);
        Stopped { reached: seen, go_on }
    }

    fn stops(&self, point: Failpoint) -> Option<Armed> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let armed = slot.as_mut().filter(|armed| armed.point == point)?;
        armed.visits_left = armed.visits_left.saturating_sub(1);
        if armed.visits_left == 0 { slot.take() } else { None }
    }

    pub(super) async fn reach(&self, point: Failpoint) {
        let Some(mut armed) = self.stops(point) else { return };
        tracing::warn!(failpoint = point.name(), "stopped at a failpoint");
        armed.reached.send_replace(true);
        if armed.go_on.wait_for(|go_on| *go_on).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
