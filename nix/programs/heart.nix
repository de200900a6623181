{ callPackage }:
let
  screen = callPackage ./screen.nix { };
in
callPackage ./program.nix { } {
  name = "heart";
  service = false;
  inherit (screen) nativeBuildInputs;
  postFixup = screen.postFixup "heart";
}
