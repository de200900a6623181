{ callPackage }:
let
  screen = callPackage ./screen.nix { };
in
callPackage ./program.nix { } {
  name = "heart-renderer";
  udevRules = true;
  inherit (screen) nativeBuildInputs;
  postFixup = screen.postFixup "heart-renderer";
}
