# The gateway: services.heart.input.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  shared = import ./shared.nix { inherit config lib pkgs; };
  cfg = config.services.heart.input;
  phones = lib.filter (device: device.kind == "phone" && device ? listen) cfg.settings.device;
in
{
  options.services.heart.input = {
    enable = lib.mkEnableOption "Heart's gateway, which reads peripherals and says over MQTT what they do";
  }
  // shared.options {
    program = "heart-input";
    pages = 9461;
    settings.device = lib.mkOption {
      default = [ ];
      example = [
        {
          name = "pad";
          kind = "gamepad";
          match.name = "8BitDo*";
        }
        {
          name = "pots";
          kind = "mcp3008";
          spi = "/dev/spidev0.0";
        }
      ];
      description = ''
        The devices, at most 256. `heart-input list` shows what is plugged into a host, with the
        keys to write; all of them are in docs/peripherals.md.
      '';
      type = shared.tables {
        name = lib.mkOption {
          type = lib.types.str;
          example = "pad";
          description = "The device's name, unique in the gateway: a word of its topics.";
        };
        kind = lib.mkOption {
          type = lib.types.str;
          example = "gamepad";
          description = "What it is.";
        };
      };
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      (shared.run {
        program = "heart-input";
        role = "input";
        inherit cfg;
        listens = map (device: device.listen) phones;
      })
      {
        assertions = [
          (shared.nameAssertion "services.heart.input.settings.site" cfg.settings.site)
          (shared.nameAssertion "services.heart.input.settings.node" cfg.settings.node)
          {
            assertion = cfg.settings.device != [ ];
            message = ''
              services.heart.input.settings.device is empty, so this gateway would have nothing to say. Add one, such as { name = "hands"; kind = "simulated"; seed = 7; }; `heart-input list` shows what is plugged in.
            '';
          }
        ];

        # The unit allows devices by class, and a class is known once its driver is there.
        boot.kernelModules = shared.linesOf ../contrib/modules-load/heart-input.conf;
        services.udev.packages = [ cfg.package ];
      }
    ]
  );
}
