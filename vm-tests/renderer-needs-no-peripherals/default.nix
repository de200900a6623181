{ vmTest, ... }:
vmTest ./. {
  nodes = import ../site/nodes.nix // {
    renderer = import ../site/renderer.nix {
      config = ../site/heart-renderer.toml;
      program = ./program.toml;
    };
  };
}
