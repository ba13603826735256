module tools/talos-kinds

go 1.26.4
