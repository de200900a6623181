//! Which device is opened, and what is said if there is none.

use super::*;
use heart_vulkan::OpenError;

#[test]
fn a_device_is_chosen_by_a_part_of_its_name() {
    assert!(painter().device_name().starts_with("llvmpipe"));
}

#[test]
fn a_device_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let options = PainterOptions { device: Some("voodoo 2".to_owned()), ..options(WALL, FACE) };
    let error = Painter::new(&options, &[]).err().unwrap();
    assert!(matches!(error, OpenError::NoSuchDevice { .. }), "{error:?}");
    assert!(!error.is_transient());
    let text = error.to_string();
    assert!(text.contains("voodoo 2") && text.contains("llvmpipe"), "{text}");
}

#[test]
fn a_wall_that_is_no_grid_of_faces_is_an_error() {
    let error = Painter::new(&options(WALL, Extent { width: 60, height: 64 }), &[]).err().unwrap();
    assert!(
        error.to_string().starts_with("a wall of 256x64 pixels is no grid of 60x64"),
        "{error}"
    );
}

#[test]
fn without_a_driver_the_error_says_which_package_brings_one() {
    const CHILD: &str = "HEART_TEST_WITHOUT_DRIVER";
    if std::env::var_os(CHILD).is_some() {
        let error = Painter::new(&options(WALL, FACE), &[]).err().unwrap();
        println!("{error}");
        return;
    }
    // The loader reads the environment of its process: this test runs itself in another one.
    let name = "devices::without_a_driver_the_error_says_which_package_brings_one";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .env("VK_ICD_FILENAMES", "/nonexistent/driver.json")
        .env("VK_DRIVER_FILES", "/nonexistent/driver.json")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("no Vulkan driver"), "{text}");
    assert!(text.contains("apt install mesa-vulkan-drivers"), "{text}");
}
