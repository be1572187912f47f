/* Would the tapes notice? The linker puts the functions here between lib/network and lib/store;
 * each run one of them goes wrong in one way, and the tapes must fail.
 *
 * usage: tape_mutants */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layer.h"
#include "network/checks.h"

enum {
	SOUND,
	AS_OF_ONE_EARLY,
	RANGE_ONE_SHORT,
	SINCE_ONE_MORE,
	DEAD_ROWS_SHOWN,
	DELETION_LOST,
	NO_PRECONDITIONS,
	TOTALS_NOT_KEPT,
	REFERENCES_NOT_LOOKED_UP,
	PURPOSES_IN_CIRCLES,
	MUTANTS
};
static const char *const what[MUTANTS] = {"nothing", "as of a time, one microsecond less",
		"a range without its last value", "changes since one transaction earlier",
		"dead rows given", "a deletion that is not stored", "preconditions dropped",
		"totals of order lines not stored", "names of nothing accepted",
		"purposes that cover themselves accepted"};
static int mutant;

/* The names that the linker's --wrap asks for. */
cstn_status __real_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error);
cstn_status __wrap_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error);
cstn_status __wrap_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error)
{
	cstn__scan_options own = *options;
	cstn__scan_range ranges[8];

	if (mutant == AS_OF_ONE_EARLY && own.as_of_us != INT64_MAX)
		own.as_of_us--;
	for (size_t i = 0; i < own.n_ranges && i < 8; i++) {
		ranges[i] = own.ranges[i];
		if (mutant == RANGE_ONE_SHORT && ranges[i].max != INT64_MAX)
			ranges[i].max--;
		if (mutant == SINCE_ONE_MORE && ranges[i].column == CSTN__COLUMN_SEQ)
			ranges[i].min--;
	}
	if (own.n_ranges)
		own.ranges = ranges;
	return __real_cstn__scan_new(snapshot, table, &own, scan, error);
}

cstn_status __real_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error);
cstn_status __wrap_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error);
cstn_status __wrap_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error)
{
	static uint64_t all[1024];
	cstn_status status = __real_cstn__scan_next(scan, chunk, error);

	if (status == CSTN_OK && mutant == DEAD_ROWS_SHOWN) {
		memset(all, 0, sizeof(all));
		for (uint64_t i = 0; i < chunk->rows; i++)
			all[i / 64] |= UINT64_C(1) << i % 64;
		chunk->visible = all;
		chunk->n_visible = chunk->rows;
	}
	return status;
}

cstn_status __real_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status __wrap_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status __wrap_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	return mutant == DELETION_LOST
			       ? CSTN_OK
			       : __real_cstn__transaction_delete(transaction, table, batch, error);
}

cstn_status __real_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error);
cstn_status __wrap_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error);
cstn_status __wrap_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error)
{
	return mutant == NO_PRECONDITIONS ? CSTN_OK
					  : __real_cstn__transaction_require(
							    transaction, table, key, seq, error);
}

cstn_status __real_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error);
cstn_status __wrap_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error);
cstn_status __wrap_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error)
{
	return mutant == TOTALS_NOT_KEPT
			       ? CSTN_OK
			       : __real_cstn__checks_flush(checks, transaction, recorded_us, error);
}

cstn_status __real_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error);
cstn_status __wrap_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error);
cstn_status __wrap_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error)
{
	cstn_status status = __real_cstn__checks_reference(
			checks, field, id, len, owner, owner_len, out, error);

	if (mutant == REFERENCES_NOT_LOOKED_UP)
		*out = 1;
	return status;
}

cstn_status __real_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error);
cstn_status __wrap_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error);
cstn_status __wrap_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error)
{
	cstn_status status = __real_cstn__purpose_is_cyclic(checks, edge, out, error);

	if (mutant == PURPOSES_IN_CIRCLES)
		*out = 0;
	return status;
}

int main(void)
{
	uint64_t passed = 0, failed = 0;

	for (mutant = SOUND; mutant < MUTANTS; mutant++) {
		layer one = {.name = "network", .quiet = 1, .seed = 1, .effort = 200};

		layer_network(&one);
		if ((one.failed != 0) == (mutant != SOUND)) {
			passed++;
			printf("N%-2d %-45s %s%.200s\n", mutant, what[mutant],
					mutant == SOUND ? "no tape fails" : "killed: ", one.why);
		} else {
			failed++;
			printf("N%-2d %-45s NOT as it should be: %.200s\n", mutant, what[mutant],
					one.why);
		}
		fflush(stdout);
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed != 0;
}
