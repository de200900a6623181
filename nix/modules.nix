# The modules of nixos-modules/, each with the flake's own package as the default.
{ self, lib }:
let
  withPackage =
    role:
    { pkgs, ... }:
    {
      # One and the same module, however often it is imported.
      key = "heart#${role}";
      _file = "heart, flake.nix: nixosModules.${role}";
      imports = [ (../nixos-modules + "/${role}.nix") ];
      services.heart.${role}.package =
        lib.mkDefault
          self.packages.${pkgs.stdenv.hostPlatform.system}."heart-${role}";
    };
  modules = {
    broker = ../nixos-modules/broker.nix;
    input = withPackage "input";
    renderer = withPackage "renderer";
  };
in
modules // { default.imports = lib.attrValues modules; }
