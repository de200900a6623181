{ lib, vmTest, ... }:
let
  inherit (import ../site/nodes.nix) broker renderer;
  recorded = [
    "beat.hex"
    "catalogue.hex"
    "report.hex"
    "status_online.json"
  ];
in
vmTest ./. {
  nodes = {
    inherit renderer;
    broker =
      { pkgs, ... }:
      {
        imports = [ broker ];
        environment = {
          systemPackages = [ pkgs.python3 ];
          etc = {
            "heart/old_gateway.py".source = ./old_gateway.py;
          }
          // lib.listToAttrs (
            map (
              name: lib.nameValuePair "heart/v1.0/${name}" { source = ../../schema/fixtures/v1.0 + "/${name}"; }
            ) recorded
          );
        };
      };
  };
}
