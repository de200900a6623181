//! The program as a process, as far as it goes without a broker.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heart-renderer"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// A renderer on lavapipe without outputs, whose broker does not exist.
fn renderer(broker: SocketAddr) -> Command {
    let mut command = command(&["run", "--listen", "127.0.0.1:0"]);
    command
        .env("HEART_RENDERER__SITE", "lab")
        .env("HEART_RENDERER__NODE", "wall-1")
        .env("HEART_RENDERER__LINK__BROKERS", format!("[\"mqtt://{broker}\"]"))
        .env("HEART_RENDERER__PAINTER__DEVICE", "llvmpipe");
    command
}

/// A port that nobody listens on (and that is not given away while the listener lives).
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

fn example() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("heart-renderer.toml").display().to_string()
}

/// Ends the process with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it and reads its pages' address from the log.
fn start(mut command: Command) -> (Running, SocketAddr) {
    let mut running = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(running.0.stderr.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(address) = json["local_addr"].as_str() {
            let address = address.parse().unwrap();
            // A pipe that nobody reads would stop the program.
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
            return (running, address);
        }
    }
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// What Prometheus' own checker has to say, which includes metrics without a help.
fn promtool(metrics: &str) -> String {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is needed for this test: apt-get install prometheus");
    child.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    said(&child.wait_with_output().unwrap())
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::yield_now();
    }
}

#[test]
fn without_a_broker_it_paints_lives_waits_and_ends_when_asked() {
    let (mut running, address) = start(renderer(nobody()));
    until("painting", || {
        let status: serde_json::Value = serde_json::from_str(&get(address, "/status").1).unwrap();
        status["frames"].as_u64() > Some(10)
    });
    let (code, why) = get(address, "/readyz");
    assert_eq!(code, 503);
    assert!(why.starts_with("link: ") && !why.contains("painter"), "{why}");
    assert_eq!(get(address, "/livez").0, 200);
    let metrics = get(address, "/metrics").1;
    for metric in ["heart_renderer_frames_total ", "heart_info{program=\"heart-renderer\""] {
        assert!(metrics.contains(metric), "no {metric} in:\n{metrics}");
    }
    assert_eq!(promtool(&metrics), "", "about:\n{metrics}");
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_vulkan_driver_it_ends_with_69_and_the_command_that_brings_one() {
    let output = renderer(nobody())
        .env_remove("HEART_RENDERER__PAINTER__DEVICE")
        .env("VK_ICD_FILENAMES", "/nonexistent/driver.json")
        .env("VK_DRIVER_FILES", "/nonexistent/driver.json")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", said(&output));
    assert!(said(&output).contains("apt install"), "{}", said(&output));
}

#[test]
fn a_log_file_takes_the_log_and_leaves_the_last_words_on_stderr() {
    let folder = std::env::temp_dir().join(format!("heart-renderer-log-{}", std::process::id()));
    let path = folder.join("new/r.log");
    let output = renderer(nobody())
        .env("HEART_RENDERER__LOG_FILE", &path)
        .env("HEART_RENDERER__PAINTER__DEVICE", "no such device")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", said(&output));
    let lines: Vec<String> = said(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], format!("heart-renderer: the log goes to {}", path.display()));
    assert!(lines[1].starts_with("heart-renderer: no device is called"), "{lines:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.lines().any(|line| line.starts_with('{') && line.contains("pages")), "{log}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_wrong_configuration_ends_with_78_and_says_where_it_is_wrong() {
    let folder = std::env::temp_dir().join(format!("heart-renderer-78-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("r.toml");
    std::fs::write(&path, "site = 'lab'\nnode = 'wall-1'\nfpz = 60\n").unwrap();
    let file = path.display().to_string();
    for action in ["run", "check", "print-config"] {
        let output = command(&[action, "--config", &file]).output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{}", said(&output));
        assert!(
            said(&output).contains(&format!("{file}:3: unknown key `fpz`; did you mean `fps`"))
        );
    }
    std::fs::write(&path, "site = 'lab'\nnode = 'wall-1'\n[program]\nfile = 'x'\n").unwrap();
    let output = command(&["check", "--config", &file]).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    let output = command(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    assert!(said(&output).contains("/etc/heart/heart-renderer.toml"), "{}", said(&output));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn check_compiles_every_scene_of_the_folder_and_names_what_is_wrong_with_any() {
    let folder = std::env::temp_dir().join(format!("heart-renderer-check-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("scenes")).unwrap();
    let config = folder.join("r.toml");
    let tables = "[scenes]\nfolder = 'scenes'\n[program]\nfile = 'wall.toml'\n";
    std::fs::write(&config, format!("site = 'lab'\nnode = 'wall-1'\n{tables}")).unwrap();
    let program = "name = 'p'\n[[mode]]\nname = 'one'\nscene = [{ kind = 'tide' }]\n";
    std::fs::write(folder.join("wall.toml"), program).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join("scenes").join(name), text);
    let good = "fn paint(at: Pixel) -> vec4<f32> {\n    return vec4(1.0);\n}\n";
    write("tide.wgsl", good).unwrap();
    write("glow.wgsl", good).unwrap();
    let check = || command(&["check", "--config", &config.display().to_string()]).output().unwrap();
    let output = check();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("program p: one, glow\n"), "{}", said(&output));
    assert!(
        said(&output)
            .contains(&format!("scenes of {}: glow, tide\n", folder.join("scenes").display()))
    );
    write("glow.wgsl", &good.replace("1.0", "one")).unwrap();
    write("late.toml", "name = 'late'\nloop = 3\n").unwrap();
    let output = check();
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    for line in [
        "glow.wgsl:2:17: no definition in scope for identifier: `one`",
        "late.toml: there is no late.wgsl beside it",
    ] {
        assert!(said(&output).contains(line), "{}", said(&output));
    }
    write("tide.wgsl", "fn paint(").unwrap();
    let output = check();
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    for line in ["tide.wgsl:1:9: expected", "wall.toml:4: `kind`: there is no `tide`"] {
        assert!(said(&output).contains(line), "no {line} in {}", said(&output));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn check_says_what_would_run_and_print_config_where_each_value_is_from() {
    let output = command(&["check", "--config", &example()]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("program lib_2025: plasma, mandelbrot, life, pixels, "));
    let arguments = ["--config", &example(), "--listen", "127.0.0.1:1", "print-config"];
    let output = command(&arguments).env("HEART_RENDERER__FPS", "30").output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    for line in [
        "fps = 30  # from: environment HEART_RENDERER__FPS".to_owned(),
        "listen = \"127.0.0.1:1\"  # from: flag --listen".to_owned(),
        format!("site = \"lab\"  # from: file {}:4", example()),
    ] {
        assert!(text.lines().any(|l| l == line), "no {line:?} in:\n{text}");
    }
}

#[test]
fn a_picture_without_a_terminal_and_a_wrong_command_line_are_told_apart() {
    let output = renderer(nobody())
        .env("HEART_RENDERER__OUTPUT", "[{kind = \"terminal\"}]")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", said(&output));
    assert!(said(&output).contains("needs a terminal on stdout"), "{}", said(&output));
    assert_eq!(command(&["--no-such-flag"]).output().unwrap().status.code(), Some(64));
    assert_eq!(command(&["--help"]).output().unwrap().status.code(), Some(0));
}
