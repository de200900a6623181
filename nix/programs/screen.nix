# What a program that paints opens by itself while it runs: Vulkan's loader, and what windows need.
#
# Drivers are the host's (NixOS: hardware.graphics.enable). Mesa's lavapipe, which paints on the
# processor, is always among them: the painter takes it where there is nothing better.
{
  lib,
  libx11,
  libxcb,
  libxcursor,
  libxi,
  libxkbcommon,
  libxrandr,
  makeBinaryWrapper,
  mesa,
  patchelf,
  vulkan-loader,
  wayland,
}:
let
  libraries = [
    libx11
    libxcb
    libxcursor
    libxi
    libxkbcommon
    libxrandr
    vulkan-loader
    wayland
  ];
in
{
  inherit libraries;

  nativeBuildInputs = [
    makeBinaryWrapper
    patchelf
  ];

  # After fixup, which would take an unused path away again.
  postFixup = name: ''
    patchelf --add-rpath ${lib.makeLibraryPath libraries} $out/bin/${name}
    lavapipe=(${mesa}/share/vulkan/icd.d/lvp_icd*.json)
    test -f "''${lavapipe[0]}"
    wrapProgram $out/bin/${name} --suffix VK_ADD_DRIVER_FILES : "''${lavapipe[0]}"
  '';
}
