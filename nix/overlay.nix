# For whoever builds a package set; the modules do not need it.
final: _: {
  heart = final.callPackage ./heart.nix { };
  heart-input = final.callPackage ./heart-input.nix { };
  heart-renderer = final.callPackage ./heart-renderer.nix { };
}
