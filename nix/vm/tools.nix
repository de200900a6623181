# What the guests of vm-tests/ have besides Heart: pretended devices, and the reader `listen`.
{
  lib,
  alsa-lib,
  buildEnv,
  pkg-config,
  rustPlatform,
  stdenv,
}:
let
  inherit ((lib.importTOML ../../Cargo.toml).workspace.package) version;

  devices = stdenv.mkDerivation {
    pname = "heart-pretended-devices";
    inherit version;
    src = ../../vm-tests/debian/devices;
    strictDeps = true;
    buildInputs = [ stdenv.cc.libc.static ];
    buildPhase = ''
      runHook preBuild
      mkdir -p $out/bin
      bash build.sh $out/bin
      runHook postBuild
    '';
    dontInstall = true;
  };

  listen = rustPlatform.buildRustPackage {
    pname = "heart-listen";
    inherit version;
    src = import ../programs/source.nix { inherit lib; };
    cargoLock.lockFile = ../../Cargo.lock;
    strictDeps = true;
    doCheck = false;
    nativeBuildInputs = [ pkg-config ];
    buildInputs = [ alsa-lib ];
    cargoBuildFlags = [
      "--package=heart-link"
      "--example=listen"
    ];
    installPhase = ''
      runHook preInstall
      find target -path '*/release/examples/listen' -exec install -Dm755 -t $out/bin {} +
      runHook postInstall
    '';
  };
in
buildEnv {
  name = "heart-vm-tools";
  paths = [
    devices
    listen
  ];
  passthru = { inherit devices; };
}
