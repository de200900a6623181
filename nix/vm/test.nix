# A scenario of vm-tests/ as a NixOS test: `vmTest ./. { nodes = { … }; }`.
#
# The script is the very one that ./check-vm runs on Debian guests.
{ self, pkgs }:
folder:
{ nodes }:
let
  inherit (pkgs) lib;
  tools = pkgs.callPackage ./tools.nix { };
in
pkgs.testers.runNixOSTest {
  name = baseNameOf folder;
  globalTimeout = 1200;
  inherit nodes;
  defaults = {
    imports = [ self.nixosModules.default ];
    environment.systemPackages = [
      pkgs.curl
      pkgs.mosquitto
      pkgs.socat
      tools
    ];
    networking.firewall.enable = false;
  };
  testScript = lib.readFile ../../vm-tests/words.py + lib.readFile (folder + "/test.py");
}
