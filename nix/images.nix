# An OCI image for each role: `nix build .#image-input`, then `docker load <result`.
#
# Configuration is mounted: /etc/heart/heart-input.toml, /etc/heart/heart-renderer.toml,
# /etc/mosquitto/conf.d/*.conf (docs/deploy/nix.md).
{ pkgs, programs }:
let
  inherit (pkgs) lib dockerTools;

  image =
    {
      name,
      entrypoint,
      port,
    }:
    dockerTools.buildLayeredImage {
      inherit name;
      tag = programs.heart.version;
      contents = [ dockerTools.fakeNss ];
      extraCommands = "mkdir -m 1777 tmp";
      config = {
        Entrypoint = entrypoint;
        # Nobody; devices come with `--device` and `--group-add`.
        User = "65534:65534";
        WorkingDir = "/tmp";
        StopSignal = "SIGTERM";
        ExposedPorts."${toString port}/tcp" = { };
      };
    };

  program =
    name: port:
    image {
      inherit name port;
      entrypoint = [
        (lib.getExe programs.${name})
        "--config"
        "/etc/heart/${name}.toml"
      ];
    };

  # Without a file in conf.d Mosquitto listens on loopback only, which in a container is nobody.
  broker = pkgs.writeText "mosquitto.conf" ''
    per_listener_settings true
    persistence false
    set_tcp_nodelay true
    log_dest stderr
    include_dir /etc/mosquitto/conf.d
  '';
in
{
  image-input = program "heart-input" 9461;
  image-renderer = program "heart-renderer" 9462;
  image-broker = image {
    name = "heart-broker";
    port = 1883;
    entrypoint = [
      (lib.getExe' pkgs.mosquitto "mosquitto")
      "-c"
      "${broker}"
    ];
  };
}
