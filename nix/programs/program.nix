# One program of the workspace: `callPackage ./program.nix { } { name = "heart-input"; … }`.
#
# It installs what Debian's package installs, from the same files of contrib/: the unit, the groups,
# the udev rules. Pages and completions are written by the program itself.
{
  lib,
  stdenv,
  buildPackages,
  installShellFiles,
  rustPlatform,
}:
{
  name,
  service ? true,
  ...
}@args:
let
  manifest = lib.importTOML ../../crates/${name}/Cargo.toml;
  workspace = (lib.importTOML ../../Cargo.toml).workspace.package;
  runs = stdenv.hostPlatform.emulatorAvailable buildPackages;
  program = "${stdenv.hostPlatform.emulator buildPackages} $out/bin/${name}";
in
rustPlatform.buildRustPackage (
  removeAttrs args [
    "name"
    "service"
  ]
  // {
    pname = name;
    inherit (workspace) version;

    src = import ./source.nix { inherit lib; };
    cargoLock.lockFile = ../../Cargo.lock;
    strictDeps = true;

    cargoBuildFlags = [ "--package=${name}" ];
    # The tests need brokers, a screen and a Vulkan driver: they are a check of the flake.
    doCheck = false;

    nativeBuildInputs = [ installShellFiles ] ++ args.nativeBuildInputs or [ ];

    postInstall =
      lib.optionalString runs ''
        ${program} man --to pages
        installManPage pages/*
        for shell in bash fish zsh; do
          ${program} completions $shell >completions.$shell
        done
        installShellCompletion --cmd ${name} completions.{bash,fish,zsh}
      ''
      + lib.optionalString service ''
        install -Dm644 contrib/systemd/${name}.service -t $out/lib/systemd/system
        substituteInPlace $out/lib/systemd/system/${name}.service \
          --replace-fail /usr/bin/ $out/bin/
        install -Dm644 contrib/sysusers/${name}.conf -t $out/lib/sysusers.d
        install -Dm644 crates/${name}/${name}.toml -t $out/share/doc/${name}
        install -Dm644 contrib/udev/70-${name}.rules -t $out/lib/udev/rules.d
      ''
      + args.postInstall or "";

    meta = {
      description = lib.removeSuffix "." manifest.package.description;
      license = [
        lib.licenses.mit
        lib.licenses.asl20
      ];
      platforms = lib.platforms.linux;
      mainProgram = name;
    };
  }
)
