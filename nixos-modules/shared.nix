# What the modules share: names, the way to the broker, and how a program is run.
{
  config,
  lib,
  pkgs,
}:
let
  format = pkgs.formats.toml { };

  isName = text: builtins.match "[a-z0-9_-]{1,32}" text != null;

  # A file that anybody on the host can read, since it is in the Nix store or will be copied there.
  inStore = file: lib.isPath file || lib.hasPrefix builtins.storeDir (toString file);

  # "host" and ":port" of a broker's URL; null if it is none, which the program's `check` tells.
  brokerParts = builtins.match "mqtt://(\\[[^]]*]|[^]/:@[]+)(:[0-9]+)?/?";
  isLoopback =
    url:
    let
      host = lib.head (brokerParts url);
    in
    brokerParts url == null
    || lib.elem host [
      "localhost"
      "[::1]"
    ]
    || lib.hasPrefix "127." host;

  # "address:port" as the programs write it.
  listensOnLoopback =
    listen:
    lib.hasPrefix "127." listen || lib.hasPrefix "[::1]" listen || lib.hasPrefix "localhost" listen;
  portOf = listen: lib.toIntBase10 (lib.last (lib.splitString ":" listen));

  # What nobody but a line of these files knows, so that Debian and NixOS cannot differ.
  linesOf =
    file:
    lib.filter (line: line != "" && !lib.hasPrefix "#" line) (
      lib.splitString "\n" (builtins.readFile file)
    );
  groupsOf =
    program:
    map (line: lib.elemAt (lib.splitString " " line) 1) (
      linesOf (../contrib/sysusers + "/${program}.conf")
    );
in
{
  inherit
    format
    inStore
    isName
    linesOf
    ;

  nameAssertion =
    option: name:
    let
      word = lib.substring 0 32 (lib.stringAsChars (c: if isName c then c else "-") (lib.toLower name));
      like = if builtins.match ".*[a-z0-9].*" word == null then "gw-1" else word;
    in
    {
      assertion = isName name;
      message = ''
        ${option} = "${name}": a name is a word of MQTT topics and has 1 to 32 of a-z, 0-9, _ and -. Write it like "${like}".
      '';
    };

  # A table of a list, such as [[device]]: some typed keys, and what else the program knows.
  tables =
    options:
    lib.types.listOf (
      lib.types.submodule {
        freeformType = format.type;
        inherit options;
      }
    );

  # The options that both programs have; `settings` is completed by the caller.
  options =
    {
      program,
      pages,
      settings,
    }:
    {
      package = lib.mkPackageOption pkgs program { };

      passwordFile = lib.mkOption {
        type = with lib.types; nullOr path;
        default = null;
        example = "/run/secrets/${program}-mqtt-password";
        description = ''
          File with this node's password at the broker. systemd reads it as root and hands it on as
          a credential; it must not be in the Nix store. `null`: no password, or the file
          `/etc/credstore/${program}.mqtt-password` with `link.username` and
          `link.password_file = "mqtt-password"` in the settings.
        '';
      };

      openFirewall = lib.mkOption {
        type = lib.types.bool;
        default = false;
        example = true;
        description = "Whether to open the ports of pages that do not listen on loopback alone.";
      };

      checkConfig = lib.mkOption {
        type = lib.types.bool;
        default = true;
        example = false;
        description = ''
          Whether the settings are read by `${program} check` when the system is built. Turn it
          off where they name files that are only on the host itself. When cross-compiling nothing
          is checked.
        '';
      };

      settings = lib.mkOption {
        default = { };
        description = ''
          `${program}.toml` as an attribute set; `${program} print-config` shows every key with its
          default. Secrets do not belong here: see `passwordFile`.
        '';
        type = lib.types.submodule {
          freeformType = format.type;
          options = {
            site = lib.mkOption {
              type = lib.types.str;
              example = "lab";
              description = "The installation; the same on all its hosts.";
            };
            node = lib.mkOption {
              type = lib.types.str;
              example = "gw-1";
              description = "This program's name, unique in the site; the host's name if not set.";
            };
            link.brokers = lib.mkOption {
              type = with lib.types; listOf str;
              default = [ ];
              example = [ "mqtt://broker.lan:1883" ];
              description = "Where the broker is; several are tried in turn.";
            };
            link.allow_plaintext = lib.mkOption {
              type = lib.types.bool;
              default = false;
              example = true;
              description = ''
                Whether `mqtt://`, which anybody on the way can read and change, may leave this host.
              '';
            };
            http.listen = lib.mkOption {
              type = lib.types.str;
              default = "127.0.0.1:${toString pages}";
              example = "0.0.0.0:${toString pages}";
              description = "Where the pages `/status`, `/metrics` and their like are shown.";
            };
          }
          // settings;
        };
      };
    };

  # What runs the program: its own unit, groups, and /etc/heart/PROGRAM.toml.
  run =
    {
      program,
      role,
      cfg,
      needsBroker ? true,
      listens ? [ ],
    }:
    let
      option = "services.heart.${role}";
      inherit (cfg.settings) link;
      written = format.generate "${program}.toml" cfg.settings;
      checks = cfg.checkConfig && pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
      file = pkgs.runCommand "${program}.toml" { preferLocalBuild = true; } ''
        ${lib.optionalString checks "${lib.getExe cfg.package} check --config ${written}"}
        cp ${written} $out
      '';
      open = lib.filter (listen: !listensOnLoopback listen) ([ cfg.settings.http.listen ] ++ listens);
      plain = lib.filter (url: !isLoopback url) link.brokers;
      withUser = lib.filter (lib.hasInfix "@") link.brokers;
    in
    {
      assertions = [
        {
          assertion = needsBroker -> link.brokers != [ ];
          message = ''
            ${option}.settings.link.brokers is empty: say where the broker is, such as [ "mqtt://broker.lan:1883" ].
          '';
        }
        {
          assertion = link.allow_plaintext || !needsBroker || plain == [ ];
          message = ''
            ${option}.settings.link.brokers: ${lib.head plain} is not this host, and mqtt:// can be read and changed on the way. If you trust the network, set ${option}.settings.link.allow_plaintext = true; else take a tunnel to loopback.
          '';
        }
        {
          assertion = !(link ? password) && withUser == [ ];
          message = ''
            ${option}.settings.link has a password, which would be in the Nix store, where everybody can read it. Put it into a file and set ${option}.passwordFile.
          '';
        }
        {
          assertion = !inStore cfg.passwordFile && !inStore (link.password_file or null);
          message = ''
            ${option}.passwordFile is in the Nix store, where everybody can read it. Give it as a string that is the path on the host, such as "/run/secrets/${program}-mqtt-password".
          '';
        }
      ];

      warnings = lib.optional (cfg.openFirewall && open == [ ]) ''
        ${option}.openFirewall opens nothing, since all pages listen on loopback; set ${option}.settings.http.listen, or leave it out.
      '';

      services.heart.${role}.settings = {
        node = lib.mkDefault config.networking.hostName;
        link = lib.mkIf (cfg.passwordFile != null) {
          username = lib.mkDefault cfg.settings.node;
          password_file = lib.mkDefault "mqtt-password";
        };
      };

      environment = {
        etc."heart/${program}.toml".source = file;
        systemPackages = [ cfg.package ];
      };

      users.groups = lib.genAttrs (groupsOf program) (_: { });

      networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall (map portOf open);

      systemd = {
        packages = [ cfg.package ];
        services.${program} = {
          wantedBy = [ "multi-user.target" ];
          restartTriggers = [ file ];
          serviceConfig = lib.mkIf (cfg.passwordFile != null) {
            LoadCredential = [
              ""
              "mqtt-password:${toString cfg.passwordFile}"
            ];
          };
        };
      };
    };
}
