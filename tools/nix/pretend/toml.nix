# pkgs.formats.toml: the type of nixpkgs', and a generator that runs on the host's Python.
{ lib, runCommand }:
{ }:
{
  type =
    let
      value =
        with lib.types;
        oneOf [
          bool
          int
          float
          str
          path
          (attrsOf value)
          (listOf value)
        ]
        // {
          description = "TOML value";
        };
    in
    value;
  generate =
    name: value:
    runCommand name {
      value = builtins.toJSON value;
      passAsFile = [ "value" ];
    } "python3 ${./json2toml.py} <$valuePath >$out";
}
