/* usage: crash LAYER... [--long] [--seed N] [--effort N] [--every N]
 *
 * Runs the layers named, or all, and ends with `N passed, N failed`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"

static const struct {
	const char *name;
	void (*run)(layer *self);
} layers[] = {
		{"calls", layer_calls},
		{"model", layer_model},
		{"network", layer_network},
		{"readers", layer_readers},
		{"faults", layer_faults},
		{"tools", layer_tools},
		{"states", layer_states},
		{"vault", layer_vault},
		{"flips", layer_flips},
		{"kill", layer_kill},
};

int main(int argc, char **argv)
{
	const size_t n = sizeof(layers) / sizeof(*layers);
	layer how = {.seed = 1};
	uint64_t passed = 0, failed = 0;
	int named = 0;

	for (int i = 1; i < argc; i++) {
		size_t known = 0;

		if (strcmp(argv[i], "--long") == 0) {
			how.long_run = 1;
			continue;
		}
		if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
			how.seed = strtoull(argv[++i], NULL, 10);
			continue;
		}
		if (i + 1 < argc && strcmp(argv[i], "--effort") == 0) {
			how.effort = strtoull(argv[++i], NULL, 10);
			continue;
		}
		if (i + 1 < argc && strcmp(argv[i], "--every") == 0) {
			how.every = strtoull(argv[++i], NULL, 10);
			continue;
		}
		while (known < n && strcmp(argv[i], layers[known].name) != 0)
			known++;
		if (known == n) {
			fprintf(stderr, "no layer %s\n", argv[i]);
			return 2;
		}
		named = 1;
	}
	for (size_t k = 0; k < n; k++) {
		layer one = how;
		int wanted = !named;

		for (int i = 1; i < argc; i++)
			wanted |= strcmp(argv[i], layers[k].name) == 0;
		if (!wanted)
			continue;
		one.name = layers[k].name;
		layers[k].run(&one);
		passed += one.passed;
		failed += one.failed;
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed != 0;
}
