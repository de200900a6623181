# `nix develop`: the toolchain, and everything that `cargo test` needs.
{
  callPackage,
  mkShell,
  cargo,
  clippy,
  deadnix,
  nixfmt,
  rust-analyzer,
  rustfmt,
  packages,
}:
let
  tools = callPackage ./tools.nix { };
in
mkShell {
  inputsFrom = [
    packages.heart-input
    packages.heart-renderer
  ];
  packages = [
    cargo
    clippy
    deadnix
    nixfmt
    rust-analyzer
    rustfmt
  ]
  ++ tools.forTests;
  env = removeAttrs tools.env [ "HEART_PROGRAMS" ];
}
