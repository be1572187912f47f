module github.com/libconstellation/libconstellation/bindings/go

go 1.24
