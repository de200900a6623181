# A host with all three roles, each with a password.
{
  services.heart = {
    broker = {
      enable = true;
      site = "lab";
      gateways.gw-1.passwordFile = "/run/secrets/gw-1";
      gateways.gw-2.hashedPasswordFile = "/run/secrets/gw-2.hashed";
      readers.wall-1.passwordFile = "/run/secrets/wall-1";
      openFirewall = true;
    };

    input = {
      enable = true;
      passwordFile = "/run/secrets/gw-1";
      openFirewall = true;
      settings = {
        site = "lab";
        node = "gw-1";
        link.brokers = [ "mqtt://127.0.0.1:1883" ];
        http.listen = "0.0.0.0:9461";
        device = [
          {
            name = "pad";
            kind = "gamepad";
            match.name = "8BitDo*";
          }
          {
            name = "imu";
            kind = "ism330dhcx";
            i2c = "/dev/i2c-1";
            address = 106;
            rate_hz = 416;
          }
          {
            name = "hands";
            kind = "simulated";
            seed = 7;
          }
        ];
      };
    };

    renderer = {
      enable = true;
      passwordFile = "/run/secrets/wall-1";
      settings = {
        site = "lab";
        node = "wall-1";
        link.brokers = [ "mqtt://127.0.0.1:1883" ];
        wall.preset = "cube";
        output = [
          {
            kind = "apa102";
            device = "/dev/spidev0.0";
          }
        ];
      };
    };
  };
}
