# A pretended nixpkgs: see ../stand-in. In its place `nixpkgs` of the real flake is overridden.
{
  description = "Enough of nixpkgs to evaluate Heart's flake without it";

  outputs =
    { self }:
    let
      bare = import ./lib;
      lib = bare.extend (
        final: _: {
          nixos = import ./nixos/lib { lib = final; };
          nixosSystem =
            args:
            import ./nixos/lib/eval-config.nix (
              {
                inherit (self) lib;
                system = null;
                modules = args.modules ++ [
                  { nixpkgs.flake.source = self.outPath; }
                ];
              }
              // removeAttrs args [ "modules" ]
            );
        }
      );
    in
    {
      inherit lib;
      legacyPackages = bare.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
      ] (system: import ./. { inherit system; });
    };
}
