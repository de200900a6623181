# core/lib.nix: nixpkgs' lib, with the few functions that corepkgs' own has besides.
let
  folders =
    dir:
    lib.attrNames (
      lib.filterAttrs (
        name: type: type == "directory" && builtins.pathExists (dir + "/${name}/default.nix")
      ) (builtins.readDir dir)
    );
  called =
    dir: final: _:
    lib.genAttrs (folders dir) (name: final.callPackage (dir + "/${name}") { });

  lib = (import ../lib).extend (
    _: lib: {
      callFromScopeWith =
        scope: file: args:
        let
          function = if lib.isFunction file then file else import file;
        in
        function (builtins.intersectAttrs (lib.functionArgs function) scope // args);
      packageSets = {
        mkAutoCalledPackageDir = called;
        mkAutoCalledManyVariantsDir = called;
      };
    }
  );
in
lib
