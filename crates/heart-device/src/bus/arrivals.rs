//! What appears where devices are looked for: a device that comes back is tried at once.
//!
//! One inotify instance per gateway watches the folders that its parts name: a node that is made
//! or renamed into one, and a node whose owner or mode is changed there (udev gives a new node its
//! group a moment after the kernel made it). Nothing is read of what happened: it is only a reason
//! to look, at most fifty times a second, however much happens. A folder that is not there yet
//! (`/dev/serial/by-id` comes and goes with what is plugged in) is waited for in the nearest
//! one above it. Where the kernel refuses, nothing is said here, and the supervisors' look four
//! times a second is all there is.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;
use tokio::time::Instant;

/// Least time from one look to the next: what happens in between is one reason.
const PAUSE: Duration = Duration::from_millis(20);
/// How long after an arrival udev may still be at work on what arrived.
const SETTLING: Duration = Duration::from_secs(1);
/// Deepest that a folder which appears level by level is followed at once.
const LEVELS: usize = 8;

/// Reasons to look, for all supervisors. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    last: watch::Sender<Option<Instant>>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Arrivals { last: watch::Sender::new(None) }
    }
}

impl Arrivals {
    /// Something arrived: everybody who waits looks.
    pub(crate) fn tell(&self) {
        self.last.send_replace(Some(Instant::now()));
    }

    /// A supervisor's end: it knows of what arrived up to now.
    pub(crate) fn seat(&self) -> Seat {
        Seat { last: self.last.subscribe() }
    }

    /// Watches `folders` for ever. Ends only if the kernel refuses, and says so in the log.
    pub(crate) async fn watch(self, folders: Vec<PathBuf>) {
        let why = match Watch::new(folders) {
            Ok(watch) => watch.run(&self).await,
            Err(why) => why,
        };
        tracing::warn!(error = %why, "no inotify: devices that return are looked for at 4 Hz only");
    }
}

/// Waits for arrivals.
#[derive(Debug)]
pub(crate) struct Seat {
    last: watch::Receiver<Option<Instant>>,
}

impl Seat {
    /// Waits for something that this seat does not know of yet.
    pub(crate) async fn next(&mut self) {
        if self.last.changed().await.is_err() {
            // The gateway is going down: there is nothing more to wait for.
            std::future::pending::<()>().await;
        }
    }

    /// Whether something arrived so lately that it may not be as udev will leave it.
    pub(crate) fn is_settling(&self) -> bool {
        self.last.borrow().is_some_and(|last| last.elapsed() < SETTLING)
    }
}

/// The kernel's end.
struct Watch {
    fd: AsyncFd<OwnedFd>,
    folders: Vec<PathBuf>,
    /// The folders that are watched for them, and the kernel's number of each watch.
    watched: BTreeMap<PathBuf, i32>,
}

impl Watch {
    fn new(folders: Vec<PathBuf>) -> io::Result<Self> {
        let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        #[expect(unsafe_code, reason = "tokio has no safe call that takes an `OwnedFd`")]
        // SAFETY: an `OwnedFd` is open until it is dropped and always answers the same number;
        // nothing here takes it out of the `AsyncFd` or replaces it.
        let fd = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
        let fd = fd.map_err(|error| error.into_parts().1)?;
        let mut watch = Watch { fd, folders, watched: BTreeMap::new() };
        watch.arm();
        Ok(watch)
    }

    async fn run(mut self, arrivals: &Arrivals) -> io::Error {
        loop {
            let drained = async {
                loop {
                    let mut ready = self.fd.readable().await?;
                    if let Ok(drained) = ready.try_io(|fd| drain(fd.get_ref())) {
                        return drained;
                    }
                }
            };
            if let Err(why) = drained.await {
                return why;
            }
            // In this order: what appears in a folder before it is watched is found by the look.
            self.arm();
            arrivals.tell();
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Watches each folder, or the nearest one above it that is there. Twice at least, since one
    /// may appear while the one above it is taken.
    fn arm(&mut self) {
        for _ in 0..LEVELS {
            let now: BTreeMap<PathBuf, i32> =
                self.folders.iter().filter_map(|folder| self.nearest(folder)).collect();
            if now == self.watched {
                return;
            }
            let before = std::mem::replace(&mut self.watched, now);
            for number in before.into_values() {
                if !self.watched.values().any(|other| *other == number) {
                    // The kernel has removed it already if its folder is gone.
                    let _ = inotify::remove_watch(&self.fd, number);
                }
            }
        }
    }

    fn nearest(&self, folder: &Path) -> Option<(PathBuf, i32)> {
        let flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        // Asking for a watch that is there gives its number again.
        folder.ancestors().find_map(|folder| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let number = inotify::add_watch(&self.fd, folder, flags).ok()?;
            Some((folder.to_owned(), number))
        })
    }
}

/// Takes everything that the kernel has to say.
fn drain(fd: &OwnedFd) -> io::Result<()> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut some = false;
    let mut events = inotify::Reader::new(fd, &mut buffer);
    loop {
        match events.next() {
            Ok(_) => some = true,
            Err(Errno::AGAIN) if some => return Ok(()),
            Err(Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder of its own, gone with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("heart-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Waits for the next arrival, under a wide bound.
    async fn arrives(seat: &mut Seat, what: &str) {
        let next = tokio::time::timeout(Duration::from_secs(30), seat.next()).await;
        next.unwrap_or_else(|_| panic!("{what} was not noticed"));
    }

    #[tokio::test]
    async fn a_node_that_appears_and_one_that_udev_opens_are_reasons_to_look() {
        let folder = Folder::new("arrivals");
        let arrivals = Arrivals::default();
        let mut seat = arrivals.seat();
        let watch = Watch::new(vec![folder.0.clone()]).unwrap();
        let watching = tokio::spawn(async move { watch.run(&arrivals).await });
        assert!(!seat.is_settling());
        File::create(folder.0.join("event7")).unwrap();
        arrives(&mut seat, "a new node").await;
        assert!(seat.is_settling());
        fs::set_permissions(folder.0.join("event7"), Permissions::from_mode(0o660)).unwrap();
        arrives(&mut seat, "a changed mode").await;
        fs::rename(folder.0.join("event7"), folder.0.join("event8")).unwrap();
        arrives(&mut seat, "a renamed node").await;
        watching.abort();
    }

    #[tokio::test]
    async fn a_folder_that_comes_and_goes_is_followed_down_and_up() {
        let root = Folder::new("arrivals-levels");
        let by_id = root.0.join("serial/by-id");
        let arrivals = Arrivals::default();
        let mut seat = arrivals.seat();
        let watch = Watch::new(vec![by_id.clone()]).unwrap();
        let watching = tokio::spawn(async move { watch.run(&arrivals).await });
        for round in 0..2 {
            fs::create_dir_all(&by_id).unwrap();
            arrives(&mut seat, "a folder above").await;
            File::create(by_id.join(format!("knob-{round}"))).unwrap();
            arrives(&mut seat, "a link in it").await;
            fs::remove_dir_all(root.0.join("serial")).unwrap();
            arrives(&mut seat, "that it went").await;
        }
        watching.abort();
    }

    #[tokio::test]
    async fn the_watches_are_those_of_the_nearest_folders_and_no_more() {
        let root = Folder::new("arrivals-nearest");
        let wanted = [root.0.join("input"), root.0.join("serial/by-id"), root.0.clone()];
        let mut watch = Watch::new(wanted.to_vec()).unwrap();
        let watched = |watch: &Watch| watch.watched.keys().cloned().collect::<Vec<_>>();
        assert_eq!(watched(&watch), std::slice::from_ref(&root.0));
        fs::create_dir_all(&wanted[1]).unwrap();
        fs::create_dir_all(&wanted[0]).unwrap();
        watch.arm();
        assert_eq!(watched(&watch), [root.0.clone(), wanted[0].clone(), wanted[1].clone()]);
        fs::remove_dir_all(root.0.join("serial")).unwrap();
        watch.arm();
        assert_eq!(watched(&watch), [root.0.clone(), wanted[0].clone()]);
    }
}
