# All three roles; without a flake `services.heart.*.package` comes from nix/overlay.nix.
{
  imports = [
    ./broker.nix
    ./input.nix
    ./renderer.nix
  ];
}
