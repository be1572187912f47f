#ifndef CSTN_DEMAND_LEDGER_H
#define CSTN_DEMAND_LEDGER_H

#include <constellation/demand_evaluate.h>

#include "base/map.h"
#include "base/stats.h"
#include "table/ids.h"

/* The ledger of who added value: its state (ledger.c), its bytes (ledger_serial.c), its tables
 * (ledger_tables.c). */

#define CSTN__LEDGER_LARGEST 1e150

enum {
	CSTN__LEDGER_LOSS, /* of all cells */
	CSTN__LEDGER_BIAS,
	CSTN__LEDGER_UNITS,
	CSTN__LEDGER_BEFORE, /* of paired cells */
	CSTN__LEDGER_AFTER,
	CSTN__LEDGER_MONEY,
	CSTN__LEDGER_SUMS
};

/* Cells of a step that are alike. One without cells is as if it were not there. */
typedef struct cstn__ledger_group {
	int32_t step, lag;
	int32_t size; /* class of the adjustment: 0 none, else 1 .. n_sizes + 1, below 0 downwards
		       */
	uint32_t author;
	int64_t cells, paired, improved, worsened;
	cstn__exact_sum sum[CSTN__LEDGER_SUMS];
} cstn__ledger_group;

typedef struct cstn__ledger_late {
	int64_t ds, available_us, cut_us;
	uint32_t key;
	int32_t lag, step, reserved;
} cstn__ledger_late;

struct cstn_value_added {
	cstn_allocator allocator;
	cstn__arena names;
	const char *steps[CSTN_VALUE_ADDED_STEPS_MOST];
	int32_t sizes[CSTN_VALUE_ADDED_STEPS_MOST]; /* ppm */
	size_t n_steps, n_sizes;
	int32_t loss, confidence_ppm;
	double under_minor, over_minor;
	cstn__interner authors;
	cstn__i64_map index; /* of groups */
	CSTN__ARRAY(cstn__ledger_group) groups;
	int32_t ds_type; /* 0: no row yet */
	cstn__ids keys;
	CSTN__ARRAY(cstn__ledger_late) late;
};

/* An empty state of the same configuration. */
cstn_status cstn__ledger_like(
		const cstn_value_added *state, cstn_value_added **out, cstn_error **error);
/* The group, made if it is not there; NULL: out of memory. */
cstn__ledger_group *cstn__ledger_group_of(
		cstn_value_added *state, int32_t step, int32_t lag, int32_t size, uint32_t author);
/* In the order of step, lag, size, and bytes of the author. */
int cstn__ledger_order(const cstn_value_added *state, const cstn__ledger_group *a,
		const cstn__ledger_group *b, uint32_t by);
/* Late forecasts in order of time, key, lag and step. */
void cstn__ledger_sort_late(const cstn_value_added *state, cstn__ledger_late *late, size_t n);

#endif
