# Packages of which NixOS or a builder asks more than a path.
{
  final,
  names,
  stub,
}:
let
  inherit (final) lib;
in
{
  cargo-auditable = lib.recursiveUpdate (stub "cargo-auditable" [ ]) { meta.broken = true; };
  go = stub "go" [ ] // {
    GOARCH = "any";
  };
  libxcrypt = stub "libxcrypt" [ ] // {
    enabledCryptSchemeIds = [ "y" ];
  };
  linuxPackages = lib.makeExtensible (_: {
    inherit (final) stdenv;
    kernel = stub "linux" [ ] // {
      version = "6.12";
      modDirVersion = "6.12";
      features = { };
      kernelOlder = lib.versionOlder "6.12";
      kernelAtLeast = lib.versionAtLeast "6.12";
      config = {
        isSet = _: true;
        isYes = _: true;
        isNo = _: false;
        isModule = _: true;
        isEnabled = _: true;
        isDisabled = _: false;
      };
      override = _: final.linuxPackages.kernel;
      target = "bzImage";
    };
  });
  mesa =
    let
      drivers = final.runCommand "mesa" { } "mkdir -p $out/share; cp -r /usr/share/vulkan $out/share/";
    in
    drivers // { inherit drivers; };
  nixos-artwork.wallpapers.simple-dark-gray-bootloader = stub "wallpaper" [ ] // {
    gnomeFilePath = "/wallpaper.png";
  };
  python3 = stub "python3" names.python3 // {
    pkgs = final.python3Packages;
    isPy3k = true;
    withPackages = packages: builtins.seq (packages final.python3Packages) (stub "python3" [ ]);
  };
  python3Packages = lib.genAttrs (
    names.python3Packages
    ++ [
      "black"
      "buildPythonApplication"
      "colorama"
      "flake8"
      "flatbuffers"
      "junit-xml"
      "mypy"
      "paho-mqtt"
      "ptpython"
      "ruff"
      "setuptools"
    ]
  ) (name: stub name [ ]);
  rustc = stub "rustc" [ ] // {
    badTargetPlatforms = [ ];
    targetPlatforms = lib.platforms.linux;
  };
  systemd =
    stub "systemd" names.systemd
    // {
      interfaceVersion = 2;
      kbd = stub "kbd" [ ];
      util-linux = stub "util-linux" [ ];
    }
    // lib.genAttrs [
      "withBootloader"
      "withCryptsetup"
      "withEfi"
      "withHomed"
      "withHostnamed"
      "withImportd"
      "withLocaled"
      "withLogind"
      "withMachined"
      "withNetworkd"
      "withPortabled"
      "withTimedated"
      "withTimesyncd"
      "withTpm2Tss"
      "withTpm2Units"
      "withUkify"
      "withUtmp"
    ] (_: true);
  xorg = lib.genAttrs names.xorg (name: stub name [ ]);
}
