# One stage: shell, compiler and tools are the host's, from /bin and /usr/bin.
{
  lib,
  localSystem,
  crossSystem,
  config,
  overlays,
  ...
}:
[
  (_: {
    inherit config overlays;
    stdenv = import ./core/stdenv/generic {
      name = "stdenv-of-the-host";
      buildPlatform = localSystem;
      hostPlatform = crossSystem;
      targetPlatform = crossSystem;
      shell = "/bin/bash";
      initialPath = [
        "/"
        "/usr"
      ];
      hasCC = false;
      cc = {
        outPath = "/usr";
        targetPrefix = "";
        isGNU = true;
        isClang = false;
        bintools = {
          outPath = "/usr";
          dynamicLinker = "/usr/lib/ld.so";
        };
        libc = {
          type = "derivation";
          name = "libc-of-the-host";
          outputs = [ "out" ];
          outputName = "out";
          meta = { };
        }
        // lib.genAttrs [
          "bin"
          "dev"
          "out"
          "outPath"
          "static"
        ] (_: "/usr");
      };
      fetchurlBoot = throw "nothing is fetched here";
      inherit config;
    };
  })
]
