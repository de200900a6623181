# The broker's users and what each may do are made by services.heart.broker, not by ./access.
{ vmTest, ... }:
let
  withPassword = password: {
    environment.etc."secrets/mqtt".text = "${password}\n";
  };
  gateway = password: {
    imports = [
      (import ../site/gateway.nix ./heart-input.toml)
      (withPassword password)
    ];
    services.heart.input.passwordFile = "/etc/secrets/mqtt";
  };
in
vmTest ./. {
  nodes = {
    broker = {
      environment.etc = {
        "secrets/gw-1".text = "pressed by gw-1\n";
        "secrets/gw-2".text = "pressed by gw-2\n";
        "secrets/wall-1".text = "shown by wall-1\n";
      };
      services.heart.broker = {
        enable = true;
        site = "lab";
        gateways.gw-1.passwordFile = "/etc/secrets/gw-1";
        gateways.gw-2.passwordFile = "/etc/secrets/gw-2";
        readers.wall-1.passwordFile = "/etc/secrets/wall-1";
      };
    };

    gateway = gateway "pressed by gw-1";
    stranger = gateway "guessed";

    renderer = {
      imports = [
        (import ../site/renderer.nix {
          config = ./heart-renderer.toml;
          program = ../site/program.toml;
        })
        (withPassword "shown by wall-1")
      ];
      services.heart.renderer.passwordFile = "/etc/secrets/mqtt";
    };
  };
}
