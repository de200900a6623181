# What a host may not say: ./host.nix with one thing changed, and a piece of the answer.
{ lib }:
let
  input = settings: { services.heart.input.settings = settings; };
  inherit (lib) mkForce;
in
{
  no-broker = {
    module = input { link.brokers = mkForce [ ]; };
    says = "services.heart.input.settings.link.brokers is empty: say where the broker is";
  };
  no-broker-for-the-wall = {
    module.services.heart.renderer.settings.link.brokers = mkForce [ ];
    says = "services.heart.renderer.settings.link.brokers is empty";
  };
  plaintext-off-loopback = {
    module = input { link.brokers = [ "mqtt://broker.lan" ]; };
    says = "mqtt://broker.lan is not this host, and mqtt:// can be read and changed on the way. If you trust the network, set services.heart.input.settings.link.allow_plaintext = true";
  };
  password-in-the-settings = {
    module = input { link.password = "pressed"; };
    says = "services.heart.input.settings.link has a password, which would be in the Nix store";
  };
  password-in-a-url = {
    module = input { link.brokers = mkForce [ "mqtt://gw-1:pressed@127.0.0.1" ]; };
    says = "services.heart.input.settings.link has a password, which would be in the Nix store";
  };
  password-file-in-the-store = {
    module.services.heart.input.passwordFile = mkForce ./host.nix;
    says = "services.heart.input.passwordFile is in the Nix store";
  };
  no-device = {
    module = input { device = mkForce [ ]; };
    says = "services.heart.input.settings.device is empty, so this gateway would have nothing to say";
  };
  site-that-is-no-topic-word = {
    module = input { site = mkForce "My Lab"; };
    says = "services.heart.input.settings.site = \"My Lab\": a name is a word of MQTT topics and has 1 to 32 of a-z, 0-9, _ and -. Write it like \"my-lab\"";
  };
  node-that-is-no-topic-word = {
    module.services.heart.renderer.settings.node = mkForce "wall/1";
    says = "Write it like \"wall-1\"";
  };
  node-without-a-name = {
    module.services.heart.renderer.settings.node = mkForce "";
    says = "services.heart.renderer.settings.node = \"\": a name is a word of MQTT topics";
  };
  broker-of-no-nodes = {
    module.services.heart.broker = {
      gateways = mkForce { };
      readers = mkForce { };
    };
    says = "services.heart.broker has no nodes, so nobody could log in";
  };
  node-of-two-kinds = {
    module.services.heart.broker.readers.gw-1.passwordFile = "/run/secrets/gw-1";
    says = "services.heart.broker: gw-1 is in gateways and in readers";
  };
  node-without-a-password = {
    module.services.heart.broker.gateways.gw-3 = { };
    says = "services.heart.broker.gateways.gw-3 needs one of passwordFile and hashedPasswordFile";
  };
  node-with-two-passwords = {
    module.services.heart.broker.gateways.gw-1.hashedPasswordFile = "/run/secrets/gw-1.hashed";
    says = "services.heart.broker.gateways.gw-1 needs one of passwordFile and hashedPasswordFile";
  };
  node-that-would-be-a-wildcard = {
    module.services.heart.broker.gateways."+".passwordFile = "/run/secrets/gw-1";
    says = "services.heart.broker.gateways: the name = \"+\": a name is a word of MQTT topics";
  };
  broker-password-in-the-store = {
    module.services.heart.broker.gateways.gw-1.passwordFile = mkForce ./host.nix;
    says = "services.heart.broker.gateways.gw-1: the password file is in the Nix store";
  };
}
