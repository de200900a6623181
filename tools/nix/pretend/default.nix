# The pretended package set: nixpkgs' own builders over a standard environment of the host's tools,
# and for every package name that is spoken of in nixos/ or by Heart a derivation that is not built.
{
  system ? null,
  localSystem ? { inherit system; },
  config ? { },
  overlays ? [ ],
  ...
}:
let
  core = import ./core/stdenv/pure.nix {
    localSystem = if builtins.isString localSystem then { system = localSystem; } else localSystem;
    config = {
      allowUnfree = true;
    }
    // config;
    overlays = [ (import ./packages.nix) ] ++ overlays;
    stdenvStages = import ./stdenv.nix;
  };
in
core
