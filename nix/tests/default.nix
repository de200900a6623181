# What tools/nix/evaluate asks of the flake in `source`. `programs` is a folder with built programs, to run their `check`;
# `page` one with the modules that docs/deploy/nix.md shows.
{
  source,
  nixpkgs,
  programs ? null,
  page ? null,
}:
let
  inherit (nixpkgs) lib;
  flake = (import (source + "/flake.nix")).outputs {
    self = flake // {
      outPath = source;
    };
    inherit nixpkgs;
  };
  system = builtins.currentSystem;
  pkgs = nixpkgs.legacyPackages.${system};

  host =
    modules:
    (lib.nixosSystem {
      modules = [
        flake.nixosModules.default
        # Twice is no harm.
        flake.nixosModules.input
        {
          nixpkgs.hostPlatform = system;
          system.stateVersion = "26.05";
          boot.loader.grub.enable = false;
          fileSystems."/" = {
            device = "/dev/sda1";
            fsType = "ext4";
          };
        }
      ]
      ++ modules;
    }).config;
  right = host [ ./host.nix ];

  refusals =
    config: map (one: lib.trim one.message) (lib.filter (one: !one.assertion) config.assertions);

  # The built program in the package's place.
  withPrograms = {
    services.heart = lib.genAttrs [ "input" "renderer" ] (role: {
      package = lib.mkForce (
        pkgs.runCommand "heart-${role}" {
          meta.mainProgram = "heart-${role}";
        } "install -D ${programs}/heart-${role} $out/bin/heart-${role}"
      );
    });
  };
  configOf =
    role: modules:
    (host ([ withPrograms ] ++ modules)).environment.etc."heart/heart-${role}.toml".source;
in
{
  toplevel = right.system.build.toplevel.drvPath;
  inherit (right) warnings;
  firewall = right.networking.firewall.allowedTCPPorts;
  groups = lib.attrNames right.users.groups;
  modules = right.boot.kernelModules;
  acl = right.environment.etc."mosquitto/acl-0.conf".text;
  dropIns = lib.genAttrs [ "heart-input" "heart-renderer" "mosquitto" ] (
    name: right.systemd.units."${name}.service".text
  );

  wrong = lib.mapAttrs (_: case: {
    inherit (case) says;
    heard = refusals (host [
      ./host.nix
      case.module
    ]);
  }) (import ./wrong.nix { inherit lib; });

  wrongToplevel =
    (host [
      ./host.nix
      (import ./wrong.nix { inherit lib; }).no-broker.module
    ]).system.build.toplevel.drvPath;

  shown = lib.mapAttrs (
    file: _:
    let
      config = host [ (page + "/${file}") ];
    in
    {
      refused = refusals config;
      inherit (config) warnings;
      toplevel = config.system.build.toplevel.drvPath;
    }
  ) (builtins.readDir page);

  # The packages, but for the compiler's work.
  installed = lib.mapAttrs (
    name: package:
    package.overrideAttrs {
      cargoDeps = null;
      cargoVendorDir = ".";
      buildPhase = ''
        runHook preBuild
        install -D ${programs}/${name} target/${pkgs.stdenv.hostPlatform.rust.cargoShortTarget}/release/${name}
        runHook postBuild
      '';
    }
  ) { inherit (flake.packages.${system}) heart heart-input heart-renderer; };

  # What the VM tests' guests pretend devices with.
  pretended = (pkgs.callPackage ../vm/tools.nix { }).devices;

  configs = {
    input = configOf "input" [ ./host.nix ];
    renderer = configOf "renderer" [ ./host.nix ];
    unknownKind = configOf "input" [
      ./host.nix
      {
        services.heart.input.settings.device = [
          {
            name = "other";
            kind = "gamepat";
          }
        ];
      }
    ];
  };
}
