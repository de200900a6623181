# The hosts of the tests with several hosts, of the very files that the Debian guests have.
{
  # Anybody may say anything; stranger-is-refused has a broker that knows its hosts.
  broker.services.mosquitto = {
    enable = true;
    settings.set_tcp_nodelay = true;
    listeners = [
      {
        omitPasswordAuth = true;
        acl = [ "pattern readwrite #" ];
        settings.allow_anonymous = true;
      }
    ];
  };

  gateway = import ./gateway.nix ./heart-input.toml;

  renderer = import ./renderer.nix {
    config = ./heart-renderer.toml;
    program = ./program.toml;
  };
}
