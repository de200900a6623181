# A gateway with the configuration in `file`.
file:
{ lib, ... }:
{
  services.heart.input = {
    enable = true;
    settings = lib.importTOML file;
  };
}
