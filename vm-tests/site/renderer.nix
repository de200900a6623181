# A wall with the configuration in `config`, which shows the program in `program`.
{ config, program }:
{ lib, ... }:
{
  virtualisation.memorySize = 1024;
  services.heart.renderer = {
    enable = true;
    settings = lib.recursiveUpdate (lib.importTOML config) { program.file = "${program}"; };
  };
}
