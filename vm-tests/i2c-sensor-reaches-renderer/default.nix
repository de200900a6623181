{ vmTest, ... }:
vmTest ./. {
  nodes = import ../site/nodes.nix // {
    gateway = {
      imports = [ (import ../site/gateway.nix ./heart-input.toml) ];
      # QEMU's own bus would be the first one.
      boot.blacklistedKernelModules = [ "i2c_piix4" ];
    };
  };
}
