# The broker: services.heart.broker, which is services.mosquitto with a user for each node.
#
# Each node may read and write its own topics; readers read all of their site, and may ask gateways
# for everything anew and for echoes. Nobody may do anything else.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  shared = import ./shared.nix { inherit config lib pkgs; };
  cfg = config.services.heart.broker;

  site = "heart/v1/${cfg.site}";
  own = node: "readwrite ${site}/${node}/#";
  acl = {
    gateways = node: [ (own node) ];
    readers = node: [
      (own node)
      "read ${site}/#"
      "write ${site}/+/command/resync"
      "write ${site}/+/command/echo"
    ];
  };

  nodes =
    kind:
    lib.mapAttrsToList (name: node: {
      inherit kind name;
      inherit (node) passwordFile hashedPasswordFile;
      option = "services.heart.broker.${kind}.${name}";
    }) cfg.${kind};
  all = nodes "gateways" ++ nodes "readers";
  twice = lib.intersectLists (lib.attrNames cfg.gateways) (lib.attrNames cfg.readers);

  user = node: {
    inherit (node) name;
    value = {
      inherit (node) passwordFile hashedPasswordFile;
      acl = acl.${node.kind} node.name;
    };
  };

  file =
    description:
    lib.mkOption {
      type = with lib.types; nullOr path;
      default = null;
      inherit description;
    };

  nodesOption =
    description:
    lib.mkOption {
      default = { };
      inherit description;
      example = {
        gw-1.passwordFile = "/run/secrets/gw-1";
      };
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            passwordFile =
              file "File on the host with the node's password; read by root when the broker starts."
              // {
                example = "/run/secrets/gw-1";
              };
            hashedPasswordFile =
              file "The same, hashed by `mosquitto_passwd`: what follows the name and the colon."
              // {
                example = "/run/secrets/gw-1.hashed";
              };
          };
        }
      );
    };
in
{
  options.services.heart.broker = {
    enable = lib.mkEnableOption "a Mosquitto that Heart's nodes talk over, with a user for each";

    site = lib.mkOption {
      type = lib.types.str;
      example = "lab";
      description = "The installation whose topics the nodes may use.";
    };

    gateways = nodesOption "Nodes that say what their devices do, by name.";
    readers = nodesOption ''
      Nodes that hear all gateways of the site, by name: renderers, and programs of others.
    '';

    port = lib.mkOption {
      type = lib.types.port;
      default = 1883;
      example = 11883;
      description = "The TCP port that is listened on.";
    };

    address = lib.mkOption {
      type = with lib.types; nullOr str;
      default = null;
      example = "192.168.7.1";
      description = "The address that is listened on; all of the host's if `null`.";
    };

    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to open the port to other hosts.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (shared.nameAssertion "services.heart.broker.site" cfg.site)
      {
        assertion = all != [ ];
        message = ''
          services.heart.broker has no nodes, so nobody could log in. Add services.heart.broker.gateways.gw-1.passwordFile = "/run/secrets/gw-1" and its like.
        '';
      }
      {
        assertion = twice == [ ];
        message = ''
          services.heart.broker: ${lib.concatStringsSep ", " twice} is in gateways and in readers. A reader may do all that a gateway may: leave it in readers alone. If they are two programs, give them two names.
        '';
      }
    ]
    ++ lib.concatMap (node: [
      (shared.nameAssertion "services.heart.broker.${node.kind}: the name" node.name)
      {
        assertion = (node.passwordFile == null) != (node.hashedPasswordFile == null);
        message = ''
          ${node.option} needs one of passwordFile and hashedPasswordFile, and not both.
        '';
      }
      {
        assertion = !shared.inStore node.passwordFile && !shared.inStore node.hashedPasswordFile;
        message = ''
          ${node.option}: the password file is in the Nix store, where everybody can read it. Give it as a string that is the path on the host, such as "/run/secrets/${node.name}".
        '';
      }
    ]) all;

    services.mosquitto = {
      enable = true;
      settings.set_tcp_nodelay = lib.mkDefault true;
      listeners = [
        {
          inherit (cfg) address port;
          settings.allow_anonymous = false;
          users = lib.listToAttrs (map user all);
        }
      ];
    };

    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
  };
}
