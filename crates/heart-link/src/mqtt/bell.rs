//! What the event loop rings when there is something to do for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

/// Wakes the link's task, except by what that task itself has just queued: it is about to poll
/// the event loop anyway. Such a ring makes tokio wake another thread for nothing, just when a
/// report is on its way to the broker: strace showed it, and shows it no more (docs/latency.md).
pub(super) struct Bell {
    inner: Arc<Inner>,
    waker: Waker,
}

struct Inner {
    muted: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Bell {
    pub(super) fn new() -> Self {
        let inner = Arc::new(Inner { muted: AtomicBool::new(false), task: Mutex::new(None) });
        Bell { waker: Waker::from(inner.clone()), inner }
    }

    /// From now until the next [`Bell::polled`] nobody is woken. That poll has to come before the
    /// task rests; it sees whatever would have rung in between.
    pub(super) fn mute(&self) {
        self.inner.muted.store(true, Ordering::SeqCst);
    }

    /// The task polls now, and is woken by whatever rings from here on.
    pub(super) fn polled(&self, context: &Context<'_>) -> Context<'_> {
        let mut task = self.inner.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
            *task = Some(context.waker().clone());
        }
        drop(task);
        self.inner.muted.store(false, Ordering::SeqCst);
        Context::from_waker(&self.waker)
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.muted.load(Ordering::SeqCst) {
            return;
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        task.iter().for_each(Waker::wake_by_ref);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_task_is_woken_by_all_but_what_it_queued_before_it_polls() {
        let task = Arc::new(Task::default());
        let waker = Waker::from(task.clone());
        let (bell, context) = (Bell::new(), Context::from_waker(&waker));
        let woken = || task.0.load(Ordering::SeqCst);
        let rings = bell.polled(&context).waker().clone();
        rings.wake_by_ref();
        assert_eq!(woken(), 1);
        bell.mute();
        rings.wake_by_ref();
        assert_eq!(woken(), 1, "its own doing");
        bell.polled(&context);
        rings.wake_by_ref();
        assert_eq!(woken(), 2);
    }
}
