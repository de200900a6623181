//! `docs/real_run.md` is run, block by block, as a reader would type it.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::stage::{Stage, free_port, programs};

/// The page as one script: files are written where it says "Save as", commands follow in order.
/// A command with `# expected` behind it is repeated until it prints just that.
fn script(page: &str) -> String {
    let mut script = String::from(
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n\
         shows() { for _ in $(seq 300); do got=$(eval \"$2\" || true); \
         [[ $got == \"$1\" ]] && echo \"$got\" && return; sleep 0.1; done; \
         echo \"expected $1, got $got, from $2\" >&2; return 1; }\n",
    );
    let mut language = "";
    let mut file = "";
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some("") => {
                script.push_str(if language == "toml" { "END\n" } else { "" });
                language = "";
            }
            Some(opens) => {
                language = opens;
                if opens == "toml" {
                    let _ = writeln!(script, "cat > {file} <<'END'");
                }
            }
            None if language == "toml" => {
                let _ = writeln!(script, "{line}");
            }
            None if language == "sh" && !line.starts_with("cargo build") => {
                let _ = match line.split_once("  # ").or_else(|| line.split_once(" # ")) {
                    Some((command, expected)) => {
                        let command = command.trim().replace('\'', "'\\''");
                        writeln!(script, "shows '{}' '{command}'", expected.trim())
                    }
                    None => writeln!(script, "{line}"),
                };
            }
            None => {
                if let Some((_, rest)) = line.split_once("Save as `") {
                    file = rest.split('`').next().unwrap_or_default();
                }
            }
        }
    }
    script
}

#[test]
fn the_page_of_the_real_run_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/real_run.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let stage = Stage::new("page");
    let mut text = script(&page)
        .replace("/tmp/heart", &stage.folder.join("heart").display().to_string())
        .replace("target/release", &programs().display().to_string());
    for port in ["18830", "9461", "9462"] {
        text = text.replace(port, &free_port().to_string());
    }
    let output = Command::new("bash")
        .args(["-c", &text])
        .env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()))
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}\n--- the script ---\n{text}");
    for shown in ["\"mode\":\"mandelbrot\"", "\"selecting\":false", "\"selecting\":true"] {
        assert!(said.contains(shown), "{shown} in {said}");
    }
}
