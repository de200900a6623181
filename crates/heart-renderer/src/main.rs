//! `heart-renderer`: the renderer program. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    heart_renderer::cli::main()
}
