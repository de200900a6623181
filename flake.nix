{
  description = "Heart: physical input to LED walls, over MQTT";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      each =
        outputs:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (
          system: outputs nixpkgs.legacyPackages.${system} self.packages.${system}
        );
      program = package: {
        type = "app";
        program = lib.getExe package;
        meta = { inherit (package.meta) description; };
      };
    in
    {
      packages = each (pkgs: _: import ./nix/packages.nix { inherit pkgs; });
      overlays.default = import ./nix/overlay.nix;

      apps = each (
        _: packages:
        lib.mapAttrs (_: program) {
          inherit (packages) heart heart-input heart-renderer;
          default = packages.heart;
        }
      );

      nixosModules = import ./nix/modules.nix { inherit self lib; };

      checks = each (pkgs: packages: import ./nix/checks.nix { inherit self pkgs packages; });
      devShells = each (
        pkgs: packages: { default = pkgs.callPackage ./nix/shell.nix { inherit packages; }; }
      );
      formatter = each (pkgs: _: pkgs.nixfmt-tree);
    };
}
