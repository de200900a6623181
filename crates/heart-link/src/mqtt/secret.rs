//! User and password, read anew at each connect and never shown.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::failure::Failure;
use super::options::LinkOptions;

/// Longest password file, bytes: MQTT's own limit for a password.
const PASSWORD_BYTES: u64 = 65_535;

/// How long reading it may take.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// Who we are to the broker.
#[derive(Clone)]
pub(crate) struct Login {
    pub(super) username: String,
    pub(super) password: String,
}

impl Login {
    /// Reads the password file; `None` if the configuration names no user.
    pub(crate) async fn read(options: &LinkOptions) -> Result<Option<Login>, Failure> {
        let (Some(username), Some(file)) = (&options.username, &options.password_file) else {
            return Ok(None);
        };
        let username = username.clone();
        let file = file.clone();
        // A file on a network may hang: not on the runtime's threads.
        let read = tokio::task::spawn_blocking(move || password(&file));
        match tokio::time::timeout(READ_WITHIN, read).await {
            Ok(Ok(password)) => Ok(Some(Login { username, password: password? })),
            Ok(Err(_)) | Err(_) => {
                Err(Failure::Local("link.password_file could not be read in time".to_owned()))
            }
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

fn password(file: &Path) -> Result<String, Failure> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    password_from(file, credentials.as_deref())
}

fn password_from(file: &Path, credentials: Option<&Path>) -> Result<String, Failure> {
    let fail = |why: &dyn fmt::Display| {
        Failure::Local(format!("link.password_file {}: {why}", file.display()))
    };
    let inside = credentials.map(|directory| directory.join(file)).filter(|path| path.exists());
    let opened = std::fs::File::open(inside.as_deref().unwrap_or(file));
    let mut text = String::new();
    opened
        .and_then(|opened| opened.take(PASSWORD_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| fail(&error))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.len() as u64 > PASSWORD_BYTES {
        return Err(fail(&"longer than MQTT allows (65535 bytes)"));
    }
    if text.is_empty() {
        return Err(fail(&"it is empty"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, name: &str, text: &str) {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join(name), text).unwrap();
    }

    #[test]
    fn one_newline_at_the_end_is_not_part_of_the_password() {
        let directory = std::env::temp_dir().join(format!("heart-secret-{}", std::process::id()));
        for (text, expected) in [("a b\n", "a b"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a")] {
            write(&directory, "password", text);
            assert_eq!(password_from(&directory.join("password"), None).unwrap(), expected);
        }
        write(&directory, "password", "\n");
        assert!(password_from(&directory.join("password"), None).is_err());
        // The credentials directory comes first for a relative path.
        write(&directory, "link", "from systemd\n");
        let found = password_from(Path::new("link"), Some(&directory)).unwrap();
        assert_eq!(found, "from systemd");
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_missing_file_is_named_and_a_login_never_shows_its_password() {
        let failure = password_from(Path::new("/no/such/file"), None).unwrap_err();
        assert!(failure.to_string().contains("/no/such/file"), "{failure}");
        let login = Login { username: "gw".to_owned(), password: "s3cret".to_owned() };
        assert!(!format!("{login:?}").contains("s3cret"));
    }
}
