/* Out of memory in what is released. */
#include "oom.h"

#define SCHEMA "firm text\ntown text null\nage int64\n"
#define ROWS "firm,town,age\nA,Ulm,31\nB,,32\nC,Bonn,33\n"

static cstn_status checksum(oom *o)
{
	uint8_t out[CSTN_CHECKSUM_SIZE_MOST] = {0};
	const uint8_t salt[CSTN_CHECKSUM_SALT_SIZE] = {1};
	struct ArrowArrayStream rows;
	cstn_status status;
	size_t size = 0;

	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_release_checksum(
					 &rows, o->which, salt, o->allocator, out, &size, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert((status == CSTN_OK) == (size != 0));
	return status;
}

const oom_case oom_cases_release[] = {
		{"cstn_release_checksum", checksum, 0, CSTN_CHECKSUM_XXH3_128},
		{"cstn_release_checksum", checksum, 0, CSTN_CHECKSUM_SHA256},
};
const size_t oom_count_release = sizeof(oom_cases_release) / sizeof(oom_cases_release[0]);
