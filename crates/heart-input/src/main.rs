//! `heart-input`: the gateway program. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    heart_input::cli::main()
}
