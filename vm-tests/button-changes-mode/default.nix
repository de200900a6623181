{ vmTest, ... }: vmTest ./. { nodes = import ../site/nodes.nix; }
