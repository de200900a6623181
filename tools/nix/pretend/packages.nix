# An overlay over core/: packages are names. Whoever builds one gets the host's /usr/bin.
final: prev:
let
  inherit (prev) lib;

  # What nixos/ speaks of, and what Heart takes; each of these is in nixpkgs' pkgs/by-name.
  names = import ./names.nix // lib.genAttrs (import ./known.nix) (_: [ ]);

  stub =
    name: parts:
    let
      package =
        derivation {
          name = "${name}-99.0";
          inherit (prev.stdenv.hostPlatform) system;
          builder = "/bin/sh";
          args = [
            "-c"
            "/bin/mkdir $out && /bin/ln -s /usr/bin $out/bin"
          ];
        }
        // lib.genAttrs parts (part: stub "${name}.${part}" [ ])
        // lib.genAttrs [
          "bin"
          "cli"
          "dev"
          "doc"
          "fd"
          "lib"
          "man"
          "minimal"
          "p11kit"
          "static"
        ] (_: package)
        // lib.genAttrs [ "__functor" "override" "overrideAttrs" "overrideDerivation" ] (
          way: if way == "__functor" then _: _: package else _: package
        )
        // {
          inherit (prev) stdenv;
          pname = name;
          version = "99.0";
          passthru = { };
          shellPath = "/bin/${name}";
          systemManagementModeRequired = false;
          meta = {
            mainProgram = name;
            platforms = lib.platforms.all;
            available = true;
          };
        };
    in
    package;

  stubs = lib.mapAttrs stub (
    removeAttrs (lib.mapAttrs (_: _: [ ]) prev // names) (import ./real.nix)
  );
in
stubs
// {
  _type = "pkgs";
  inherit (prev.stdenv) buildPlatform hostPlatform targetPlatform;
  inherit (prev.stdenv.hostPlatform) system;
  overlays = [ ];
  path = ./.;
  pkgsStatic = final;
  pkgsi686Linux = final;
  runtimeShell = "/bin/bash";

  # Builders that core/ makes in another way.
  rust = final.callPackage ./core/build-support/rust/lib { };
  rustPlatform = final.callPackage ./core/pkgs/rust/make-rust-platform.nix { } {
    inherit (final) cargo rustc;
  };
  dockerTools = prev.dockerTools.override { fakeNss_ = stub "fake-nss" [ ]; };
  makeFontsConf = _: stub "fonts.conf" [ ];
  makeInitrd =
    _:
    stub "initrd" [ ]
    // {
      compressorExecutableFunction = _: "gzip";
      compressorArgs = [ ];
    };
  mkShell = final.callPackage ./shell.nix { };
  testers.runNixOSTest =
    module:
    (import ./nixos/lib { inherit lib; }).runTest {
      imports = [ module ];
      hostPkgs = final;
    };
  formats =
    lib.genAttrs names.formats (
      format: _: {
        type = lib.types.anything;
        lib = { };
        generate = name: _: stub "${format}-${name}" [ ];
      }
    )
    // {
      toml = final.callPackage ./toml.nix { };
    };
}
// import ./looked-into.nix { inherit final names stub; }
