# For whoever builds a package set; the modules do not need it.
final: _: {
  heart = final.callPackage ./programs/heart.nix { };
  heart-input = final.callPackage ./programs/heart-input.nix { };
  heart-renderer = final.callPackage ./programs/heart-renderer.nix { };
}
