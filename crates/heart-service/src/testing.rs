//! A folder that goes with the test that made it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-service-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind in /tmp harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether this process is the child of [`again`].
pub(crate) fn is_child() -> bool {
    std::env::var_os("HEART_SERVICE_TEST_CHILD").is_some()
}

/// Runs one test of this binary again in a process of its own, for what changes a whole process
/// (signals, its environment, its global subscriber).
pub(crate) fn again(test: &str, environment: &[(&str, &str)]) -> std::process::Output {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env("HEART_SERVICE_TEST_CHILD", "1").env_remove("HEART_LOG");
    command.envs(environment.iter().copied()).output().unwrap()
}
