//! Shell completions and manual pages, made from the definition of the command line itself: what
//! a program takes and what its page says cannot differ.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Subcommand};

use super::say;
use crate::exit::{self, Exit};

pub use clap_complete::Shell;

/// Actions that only print what packages ship.
#[derive(Clone, Debug, Subcommand)]
pub enum Pages {
    /// Print completions for a shell, such as: eval "$(PROGRAM completions bash)"
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write all of them to a folder
    Man(Man),
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Write this program's page and that of each action here instead
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Pages {
    /// Prints or writes what is asked of the command line `A`.
    #[must_use]
    pub fn show<A: CommandFactory>(&self) -> ExitCode {
        let mut command = A::command();
        let program = command.get_name().to_owned();
        let done = match self {
            Pages::Completions { shell } => {
                say(&completions(&mut command, &program, *shell));
                Ok(())
            }
            Pages::Man(Man { to: None }) => page(command).map(|page| say(&page)),
            Pages::Man(Man { to: Some(folder) }) => write_pages(command, folder),
        };
        match done {
            Ok(()) => Exit::Ok.into(),
            Err(error) => exit::report(&program, &error, Exit::Unavailable),
        }
    }
}

fn completions(command: &mut clap::Command, program: &str, shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, program, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn page(command: clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_pages(command: clap::Command, folder: &Path) -> io::Result<()> {
    let because =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(because)?;
    clap_mangen::generate_to(command, folder).map_err(because)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::testing::Folder;

    /// Opens doors.
    #[derive(Debug, Parser)]
    #[command(name = "porter")]
    struct Porter {
        #[command(subcommand)]
        action: Option<Action>,
    }

    #[derive(Debug, Subcommand)]
    enum Action {
        /// Open one door
        OpenDoor {
            /// How wide
            #[arg(long)]
            wide: Option<u8>,
        },
        #[command(flatten)]
        Pages(Pages),
    }

    #[test]
    fn each_shell_is_told_every_action() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = completions(&mut Porter::command(), "porter", shell);
            for word in ["porter", "open-door", "completions", "wide"] {
                assert!(script.contains(word), "{shell}: no {word}");
            }
        }
    }

    #[test]
    fn the_manual_has_a_page_for_the_program_and_one_for_each_action() {
        assert!(page(Porter::command()).unwrap().contains("open\\-door"));
        let folder = Folder::new();
        write_pages(Porter::command(), &folder.path().join("man1")).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
        assert!(read("porter.1").contains("Opens doors"));
        assert!(read("porter-open-door.1").contains("How wide"));
    }
}
