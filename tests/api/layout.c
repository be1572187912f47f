/* The frozen layout of every public struct and the value of every public constant.
 *
 * layout_rows.h holds the table; it is append only once a release is out. Compiling this file
 * compares the headers with it, on 64-bit and on 32-bit machines; a failing assertion here means
 * that programs which are already compiled would break. `layout --json` prints what the compiler
 * made, for the bindings' tests. */
#include <constellation/constellation.h>

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX > 0xffffffffu
#define WORD(wide, narrow) (wide)
#else
#define WORD(wide, narrow) (narrow)
#endif

#define STRUCT(tag, wide, narrow)                                          \
	_Static_assert(sizeof(struct tag) == WORD(wide, narrow),           \
			"the size of " #tag " changed; if that is meant, " \
			"run tests/tools/layout_rows.py");
#define FIELD(tag, field, wide, narrow)                                                      \
	_Static_assert(offsetof(struct tag, field) == WORD(wide, narrow),                    \
			#tag "." #field " moved; if that is meant and nothing is released, " \
			     "run tests/tools/layout_rows.py --rewrite");
#define CONSTANT(name, value) \
	_Static_assert((name) == (value), #name " changed; released constants never do");
#include "layout_rows.h"
#undef STRUCT
#undef FIELD
#undef CONSTANT

#ifndef LAYOUT_ASSERTIONS_ONLY

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *tag;
	const char *field; /* NULL: the struct itself; constants have no tag */
	size_t offset, size;
	int is_unsigned;
	uint64_t value;
};

#define STRUCT(tag, wide, narrow) {#tag, NULL, 0, sizeof(struct tag), 0, 0},
#define FIELD(tag, field, wide, narrow) \
	{#tag, #field, offsetof(struct tag, field), sizeof(((struct tag *)0)->field), 0, 0},
#define CONSTANT(name, value)                                                                     \
	{NULL, #name, 0, sizeof(name),                                                            \
			_Generic((name), unsigned long : 1, unsigned long long : 1, default : 0), \
			(uint64_t)(name)},
static const struct row rows[] = {
#include "layout_rows.h"
};
static const size_t row_count = sizeof(rows) / sizeof(rows[0]);

static void print_json(void)
{
	const char *between = "";
	size_t i;

	printf("{\n \"pointer\": %zu,\n \"structs\": {", sizeof(void *));
	for (i = 0; i < row_count; i++) {
		if (rows[i].tag && !rows[i].field) {
			printf("%s\n  \"%s\": {\"size\": %zu, \"fields\": {", between, rows[i].tag,
					rows[i].size);
			between = "";
		} else if (rows[i].tag) {
			printf("%s\"%s\": [%zu, %zu]", between, rows[i].field, rows[i].offset,
					rows[i].size);
			between = ", ";
			if (i + 1 == row_count || !rows[i + 1].tag || !rows[i + 1].field) {
				printf("}}");
				between = ",";
			}
		}
	}
	printf("\n },\n \"constants\": {");
	between = "";
	for (i = 0; i < row_count; i++) {
		if (rows[i].tag)
			continue;
		printf("%s\n  \"%s\": ", between, rows[i].field);
		if (rows[i].is_unsigned)
			printf("%" PRIu64, rows[i].value);
		else
			printf("%" PRId64, (int64_t)rows[i].value);
		between = ",";
	}
	printf("\n }\n}\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		print_json();
	else
		printf("%zu rows hold\n", row_count);
	return 0;
}

#endif
