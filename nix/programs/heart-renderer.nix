{ callPackage }:
let
  screen = callPackage ./screen.nix { };
in
callPackage ./program.nix { } {
  name = "heart-renderer";
  inherit (screen) nativeBuildInputs;
  postFixup = screen.postFixup "heart-renderer";
}
