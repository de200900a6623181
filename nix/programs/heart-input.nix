{
  callPackage,
  alsa-lib,
  pkg-config,
}:
callPackage ./program.nix { } {
  name = "heart-input";
  buildFeatures = [
    "ble"
    "microphone"
  ];
  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ alsa-lib ];
}
