module github.com/libconstellation/libconstellation/tests/bench/go

go 1.24

require github.com/libconstellation/libconstellation/bindings/go v0.0.0

replace github.com/libconstellation/libconstellation/bindings/go => ../../../bindings/go
