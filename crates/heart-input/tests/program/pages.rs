//! What packages ship: completions, manual pages, udev rules, all from the program itself.

use crate::process::binary;

/// The actions, as `--help` lists them: what a page leaves out cannot be found there.
fn actions() -> Vec<String> {
    let help = run(&["--help"]);
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let words = lines.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let actions: Vec<String> = words.map(str::to_owned).collect();
    assert!(actions.len() >= 9, "{actions:?}");
    actions
}

#[track_caller]
fn run(arguments: &[&str]) -> String {
    let output = binary(&[]).args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn completions_of_each_shell_name_every_action() {
    let actions = actions();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        for action in &actions {
            assert!(script.contains(action.as_str()), "{shell}: no {action}");
        }
        assert!(script.contains("root") && script.contains("config"), "{shell}");
    }
    assert_eq!(binary(&[]).args(["completions", "tcsh"]).output().unwrap().status.code(), Some(64));
}

#[test]
fn the_manual_names_every_action_and_has_a_page_for_each() {
    let page = run(&["man"]);
    let folder = std::env::temp_dir().join(format!("heart-input-man-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    assert_eq!(run(&["man", "--to", folder.to_str().unwrap()]), "");
    for action in actions() {
        let escaped = action.replace('-', "\\-");
        assert!(page.contains(&escaped), "no {action} in:\n{page}");
        let own = folder.join(format!("heart-input-{action}.1"));
        let text = std::fs::read_to_string(&own).unwrap_or_default();
        assert!(action == "help" || text.contains(&escaped), "{}", own.display());
    }
    assert!(std::fs::read_to_string(folder.join("heart-input.1")).unwrap().starts_with(".ie"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_udev_rules_are_those_of_the_repository() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contrib/udev/70-heart-input.rules");
    assert_eq!(run(&["udev-rules"]), std::fs::read_to_string(file).unwrap());
}
