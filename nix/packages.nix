# The flake's packages: the programs, and an OCI image for each role.
{ pkgs }:
let
  programs = import ./overlay.nix pkgs { };
in
programs
// {
  default = programs.heart;
}
// import ./images.nix { inherit pkgs programs; }
