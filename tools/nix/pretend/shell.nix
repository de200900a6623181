# mkShell, as far as evaluation goes.
{ stdenv }:
args:
stdenv.mkDerivation (
  {
    name = "shell";
    buildCommand = "touch $out";
  }
  // removeAttrs args [
    "inputsFrom"
    "packages"
  ]
  // {
    nativeBuildInputs = args.packages or [ ];
    passthru.inputsFrom = map (package: package.drvPath) (args.inputsFrom or [ ]);
  }
)
