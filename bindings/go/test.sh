#!/usr/bin/env bash
# Test the Go modules against a built library: vet, tests under the race detector, tests with the full check of
# pointers that are handed to C.
#
# usage: bindings/go/test.sh BUILD_FOLDER [-json] [-asan] [-bench]
#
# BUILD_FOLDER is one that `meson setup` made and `ninja` built. With -json each test is an event as `go test -json`
# prints it. With -asan they also run under the address and leak checks of the C compiler, with -bench the benchmarks
# run too. The reference data is found through CSTN_SHARED; where it is not there the tests that read it are skipped and
# say so. Exit status 0 only if all passed.
set -euo pipefail

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
	sed -n '5,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
build=$(cd "$1" && pwd)
shift
json= asan= bench=
for argument in "$@"; do
	case $argument in
	-json) json=-json ;;
	-asan) asan=yes ;;
	-bench) bench=yes ;;
	*)
		echo "$0: unknown argument $argument" >&2
		exit 2
		;;
	esac
done

if [ ! -f "$build/meson-uninstalled/constellation-uninstalled.pc" ]; then
	echo "$0: $build has no meson-uninstalled/constellation-uninstalled.pc; build the library first" >&2
	exit 2
fi
export PKG_CONFIG_PATH=$build/meson-uninstalled${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export LD_LIBRARY_PATH=$build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export CGO_ENABLED=1 GOFLAGS="${GOFLAGS:-} -buildvcs=false"
go=${CSTN_GO:-go}

cd "$(dirname "$0")"
failed=0
for module in . arrowbridge; do
	echo "== $module" >&2
	(
		cd "$module"
		"$go" vet ./... || exit 1
		status=0
		"$go" test -count=1 -race $json ./... || status=1
		GOEXPERIMENT=cgocheck2 "$go" test -count=1 $json ./... || status=1
		[ -z "$asan" ] || "$go" test -count=1 -asan $json ./... || status=1
		[ -z "$bench" ] || "$go" test -run '^$' -bench . ./... || status=1
		exit $status
	) || failed=1
done
exit $failed
