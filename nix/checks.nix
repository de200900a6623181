# The flake's checks: format, lints, tests, generated code, all packages, the development shell, and
# each folder of vm-tests/ that has a default.nix.
{
  self,
  pkgs,
  packages,
}:
let
  inherit (pkgs) lib;
  fs = lib.fileset;
  nixFiles = fs.unions [
    ../flake.nix
    ../nix
    ../nixos-modules
    (fs.fileFilter (file: file.hasExt "nix") ../vm-tests)
  ];
  sources = fs.toSource {
    root = ../.;
    fileset = fs.difference ../. nixFiles;
  };

  # A command of cargo over the whole workspace, with its dependencies at hand.
  workspace =
    name: args:
    pkgs.rustPlatform.buildRustPackage (
      {
        pname = "heart-${name}";
        inherit (packages.heart) version;
        src = sources;
        cargoLock.lockFile = ../Cargo.lock;
        strictDeps = true;
        doCheck = false;
        dontFixup = true;
        installPhase = "touch $out";
        buildInputs = [ pkgs.alsa-lib ];
      }
      // args
      // {
        nativeBuildInputs = [ pkgs.pkg-config ] ++ args.nativeBuildInputs or [ ];
      }
    );

  tools = pkgs.callPackage ./tools.nix { };

  run = name: nativeBuildInputs: pkgs.runCommand "heart-${name}" { inherit nativeBuildInputs; };

  scenarios = lib.filterAttrs (
    name: type: type == "directory" && builtins.pathExists (../vm-tests + "/${name}/default.nix")
  ) (builtins.readDir ../vm-tests);
  vmTest = import ./vm/test.nix { inherit self pkgs; };
in
{
  format = run "format" [ pkgs.cargo pkgs.rustfmt ] ''
    export CARGO_HOME=$TMPDIR/cargo
    cargo fmt --all --check --manifest-path ${sources}/Cargo.toml
    touch $out
  '';

  format-nix = run "format-nix" [ pkgs.deadnix pkgs.nixfmt pkgs.statix ] ''
    cd ${
      fs.toSource {
        root = ../.;
        fileset = nixFiles;
      }
    }
    find . -name '*.nix' -exec nixfmt --check {} +
    deadnix --fail .
    statix check .
    touch $out
  '';

  lints = workspace "lints" {
    nativeBuildInputs = [ pkgs.clippy ];
    buildPhase = "cargo clippy --offline --workspace --all-features --all-targets -- -D warnings";
  };

  tests = workspace "tests" {
    nativeBuildInputs = tools.forTests;
    inherit (tools) env;
    postPatch = "patchShebangs --build .";
    buildPhase = ''
      export HOME=$TMPDIR XDG_RUNTIME_DIR=$TMPDIR
      cargo test --offline --workspace --all-features --no-fail-fast
    '';
  };

  # crates/heart-contract/tests/generated.rs, in a second.
  generated = run "generated" [ pkgs.flatbuffers ] ''
    flatc --rust --gen-all --filename-suffix "" -o . ${../schema}/message.fbs
    diff message.rs ${../crates/heart-contract/src/generated/message.rs}
    touch $out
  '';

  shell = self.devShells.${pkgs.stdenv.hostPlatform.system}.default;
}
// lib.mapAttrs' (name: lib.nameValuePair "package-${name}") packages
// lib.mapAttrs' (
  name: _: lib.nameValuePair "vm-${name}" (import (../vm-tests + "/${name}") { inherit lib vmTest; })
) scenarios
