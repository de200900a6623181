# What Heart's tests run besides Heart, and what they are told about it (CONTRIBUTING.md).
{
  lib,
  callPackage,
  chromium,
  curl,
  dbus,
  erlang,
  flatbuffers,
  git,
  makeFontsConf,
  mesa,
  mosquitto,
  nats-server,
  noto-fonts-color-emoji,
  openbox,
  prometheus,
  python3,
  rabbitmq-server,
  runCommand,
  socat,
  weston,
  wireshark-cli,
  xdotool,
  xorg-server,
  xwd,
  xwininfo,
}:
let
  screen = callPackage ./programs/screen.nix { };

  # Lavapipe alone, so that a picture does not depend on the machine.
  lavapipe = runCommand "lavapipe.json" { } ''
    cp ${mesa}/share/vulkan/icd.d/lvp_icd*.json $out
  '';
in
{
  forTests = [
    chromium
    curl
    dbus
    erlang
    git
    mosquitto
    nats-server
    openbox
    prometheus.cli
    rabbitmq-server
    socat
    weston
    wireshark-cli
    xdotool
    xorg-server
    xwd
    xwininfo
  ];

  env = {
    FONTCONFIG_FILE = makeFontsConf { fontDirectories = [ noto-fonts-color-emoji ]; };
    HEART_FLATC = lib.getExe flatbuffers;
    HEART_PROGRAMS = "built";
    HEART_PYTHON = lib.getExe (
      python3.withPackages (python: [
        python.flatbuffers
        python.paho-mqtt
      ])
    );
    LD_LIBRARY_PATH = lib.makeLibraryPath screen.libraries;
    VK_DRIVER_FILES = lavapipe;
  };
}
