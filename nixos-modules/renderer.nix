# The renderer: services.heart.renderer.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  shared = import ./shared.nix { inherit config lib pkgs; };
  cfg = config.services.heart.renderer;
  embedded = cfg.settings.input.source or "remote" == "embedded";
in
{
  options.services.heart.renderer = {
    enable = lib.mkEnableOption "Heart's renderer, which paints what the gateways of its site say";
  }
  // shared.options {
    program = "heart-renderer";
    pages = 9462;
    settings.output = lib.mkOption {
      default = [ { kind = "none"; } ];
      example = [
        {
          kind = "ddp";
          host = "wled-cube.local";
        }
      ];
      description = "Where frames go, at most 16; see docs/outputs.md.";
      type = shared.tables {
        kind = lib.mkOption {
          type = lib.types.str;
          example = "ddp";
          description = "What is there: `ddp`, `e131`, `artnet`, `apa102`, `socket`, `png`, `none`.";
        };
      };
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      (shared.run {
        program = "heart-renderer";
        role = "renderer";
        inherit cfg;
        needsBroker = !embedded;
      })
      {
        assertions = [
          (shared.nameAssertion "services.heart.renderer.settings.site" cfg.settings.site)
          (shared.nameAssertion "services.heart.renderer.settings.node" cfg.settings.node)
        ];

        # Vulkan's drivers; without a GPU Mesa's lavapipe paints on the processor.
        hardware.graphics.enable = lib.mkDefault true;
        # The unit allows devices by class, and a class is known once its driver is there.
        boot.kernelModules = shared.linesOf ../contrib/modules-load/heart-renderer.conf;
        services.udev.packages = [ cfg.package ];
      }
    ]
  );
}
