# In front of NixOS's modules.
{ lib, ... }:
{
  documentation.nixos.enable = false;
  system.boot.loader.kernelFile = lib.mkDefault "bzImage";
}
