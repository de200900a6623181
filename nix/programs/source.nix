# What programs are made of: no tests, no documentation, no Nix, so that changing those rebuilds
# nothing.
{ lib }:
let
  fs = lib.fileset;
  tests = lib.mapAttrsToList (crate: _: fs.maybeMissing (../../crates + "/${crate}/tests")) (
    builtins.readDir ../../crates
  );
in
fs.toSource {
  root = ../../.;
  fileset = fs.unions [
    ../../Cargo.lock
    ../../Cargo.toml
    ../../benches
    ../../contrib
    (fs.difference ../../crates (fs.unions tests))
  ];
}
